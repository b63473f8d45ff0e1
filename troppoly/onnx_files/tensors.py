"""The constant tensors of an ONNX graph as NumPy arrays, with every size checked first."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import FileFormatError, UnsupportedError, require
from troppoly.untrusted import check_declared_shape

__all__ = ["tensor_array"]

_TYPES = (
    *("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"),
    *("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BOOL"),
)
_TYPED_FIELDS = ("float_data", "double_data", "int32_data", "int64_data", "uint64_data")


def tensor_array(tensor: Any, name: str, folder: Path) -> NDArray[Any]:
    """Return an ONNX ``TensorProto`` as an array of its type.

    Its data is in the tensor or, if the tensor says so, in a file in ``folder``.  Raises FileFormatError if the data
    does not have the declared shape, and UnsupportedError unless it is of integers, floats or booleans.
    """
    onnx = require("onnx", extra="onnx")
    where, shape = f"tensor {name!r}", tuple(tensor.dims)
    if tensor.data_type not in {getattr(onnx.TensorProto, kind) for kind in _TYPES}:
        kind = f"ONNX data type {tensor.data_type}"
        raise UnsupportedError(f"The {where} has {kind}; integers, floats or booleans are needed.")
    entry_bytes = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)).itemsize
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        tensor = _with_external_data(tensor, where, entry_bytes, folder)
    typed = entry_bytes * max(len(getattr(tensor, values)) for values in _TYPED_FIELDS)
    available = len(tensor.raw_data) if tensor.HasField("raw_data") else typed
    check_declared_shape(shape, entry_bytes, available, where)
    try:
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    except (ValueError, TypeError) as error:
        raise FileFormatError(f"The {where} does not hold data of shape {shape} ({error}).") from error


def _with_external_data(tensor: Any, where: str, entry_bytes: int, folder: Path) -> Any:
    """The tensor with its data read in from the file beside the model that it points to."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    source = (folder / entries.get("location", "")).resolve()
    if not source.is_relative_to(folder.resolve()) or not source.is_file():
        raise FileFormatError(f"The {where} has its data in {entries.get('location')!r}, which is not beside it.")
    length = prod(tensor.dims) * entry_bytes
    try:
        offset = int(entries.get("offset", 0))
        declared = int(entries.get("length", length))
    except ValueError as error:
        raise FileFormatError(f"The {where} has its data at no place in a file ({error}).") from error
    check_declared_shape(tensor.dims, entry_bytes, source.stat().st_size - max(offset, 0), where)
    if offset < 0 or declared != length:
        raise FileFormatError(f"The {where} has {declared} bytes from byte {offset} where {length} are needed.")
    result = type(tensor)()
    result.CopyFrom(tensor)
    result.ClearField("external_data")
    result.ClearField("data_location")
    with source.open("rb") as stream:
        stream.seek(offset)
        result.raw_data = stream.read(length)
    return result
