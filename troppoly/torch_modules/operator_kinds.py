"""The operators of ATen by what they do, named without the underscores around their names."""

from __future__ import annotations

__all__ = [
    "COMPARISONS",
    "CURVED",
    "FINALS",
    "GROWING",
    "INDICES",
    "JUMPING",
    "KEEP_NOTE",
    "MOVES",
    "PRODUCTS",
    "SHAPE_ONLY",
]

# They only move entries.
MOVES = frozenset(
    """
    alias nan_to_num as_strided as_strided_scatter block_diag cat channel_shuffle chunk clone constant_pad_nd
    contiguous copy detach diag_embed diagonal diagonal_scatter expand expand_copy fill flip gather
    hstack im2col index index_copy index_fill index_put index_put_impl index_select lift_fresh
    masked_fill masked_scatter masked_select narrow native_channel_shuffle permute permute_copy
    pixel_shuffle pixel_unshuffle reflection_pad1d reflection_pad2d reflection_pad3d repeat
    repeat_interleave replication_pad1d replication_pad2d replication_pad3d reshape_alias roll rot90
    scatter select select_copy select_scatter slice slice_copy slice_scatter split split_with_sizes
    squeeze stack t take to_copy transpose tril triu unbind unfold unsafe_chunk unsafe_index
    unsafe_split unsafe_view unsqueeze upsample_nearest1d upsample_nearest2d upsample_nearest3d
    upsample_nearest_exact1d upsample_nearest_exact2d upsample_nearest_exact3d view view_copy where zero
    """.split()  # noqa: SIM905
)
# The operands of these that say where to.
INDICES = frozenset(("condition", "index", "indices", "mask", "repeats"))
# Those that make much of little.
GROWING = frozenset(("constant_pad_nd", "repeat", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"))
# They take nothing of a tensor but its shape and type.
SHAPE_ONLY = frozenset(
    """
    empty_like full_like new_empty new_empty_strided new_full new_ones new_zeros ones_like zeros_like
    """.split()  # noqa: SIM905
)
# Their results are choices.
COMPARISONS = frozenset(("ge", "gt", "le", "lt"))
# Matrix products.
PRODUCTS = frozenset(("addmm", "addmv", "baddbmm", "bmm", "mm", "mv"))
# They keep all entries, in another shape at most.
KEEP_NOTE = frozenset(("alias", "clone", "detach", "expand", "squeeze", "to_copy", "unsafe_view", "unsqueeze", "view"))
# They keep the decision, and are left out at the end on request.
FINALS = frozenset(("log_softmax", "safe_softmax", "sigmoid", "softmax"))
# They are not piecewise linear.
CURVED = frozenset(
    """
    acos asin atan atan2 celu cos cosh cumprod elu erf erfc euclidean_dist exp exp2 expm1
    fused_rms_norm gelu glu gru hardswish hypot linalg_vector_norm log log10 log1p log2
    log_sigmoid_forward log_softmax logaddexp logcumsumexp logsumexp lstm mish mkldnn_rnn_layer
    native_group_norm native_layer_norm native_multi_head_attention pow prod reciprocal rsqrt
    safe_softmax scaled_dot_product_attention_math scaled_dot_product_flash_attention_for_cpu selu
    sigmoid silu sin sinh softmax softplus sqrt square std std_mean tan tanh thnn_fused_gru_cell
    thnn_fused_lstm_cell transformer_encoder_layer_fwd trilinear var var_mean
    """.split()  # noqa: SIM905
)
# They are not continuous.
JUMPING = frozenset(
    """
    all any argmax argmin argsort bitwise_and bitwise_not bitwise_or bucketize ceil eq floor floor_divide fmod frac
    hardshrink heaviside histc isclose logical_and logical_not logical_or logical_xor mode ne nonzero remainder
    round searchsorted sgn sign signbit trunc unique2
    """.split()  # noqa: SIM905
)
