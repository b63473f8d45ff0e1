"""Properties in VNN-LIB files, version 1: SMT-LIB text on the inputs X_0, X_1, ... and outputs Y_0, Y_1, ...

Read are ``(declare-const NAME Real)`` and ``(assert F)``, where F is made of ``and``, ``or`` and the comparisons <=, >=
and = of linear terms: numbers, names, sums, differences, and products with numbers.  All else is refused, with its
line.  Decimals are read as what they are, exactly.

The assertions together are a formula for what must *not* happen: in disjunctive normal form it is a union of polyhedra
in (x, y).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from os import PathLike
from pathlib import Path

import numpy as np
from gmpy2 import mpq

from troppoly.arguments import checked
from troppoly.errors import FileFormatError, InputError, UnsupportedError
from troppoly.exact import RationalMatrix, rational
from troppoly.properties.property import Property
from troppoly.untrusted import content_of, naming_file

__all__ = ["parse_vnnlib", "read_vnnlib"]

_TOKEN = re.compile(r"(;[^\n]*)|([()])|([^\s();]+)|(\n)|(\s)")
_NAME = re.compile(r"([XY])_(0|[1-9][0-9]{0,6})")
_MOST_CASES = 10**5
_DEEPEST = 200

Term = dict[str, mpq]
"""The coefficients of a linear term by name; that of "" is the constant."""


@dataclass(frozen=True)
class _Text:
    """A word or a list in parentheses, with its line."""

    line: int
    word: str
    parts: tuple[_Text, ...] = ()


@checked
def read_vnnlib(path: str | PathLike[str]) -> Property:
    """Return the property in a VNN-LIB file; raises FileFormatError and UnsupportedError, which name file and line.

    >>> read_vnnlib("no-such-file.vnnlib")
    Traceback (most recent call last):
    ...
    troppoly.errors.FileFormatError: no-such-file.vnnlib: No such file or directory.
    """
    with naming_file(path):
        return parse_vnnlib(content_of(Path(path)).decode("utf-8", errors="replace"))


@checked
def parse_vnnlib(text: str) -> Property:
    """Return the property in a text of the kind of VNN-LIB.

    >>> found = parse_vnnlib('''
    ... (declare-const X_0 Real) (declare-const Y_0 Real)   ; comments
    ... (assert (>= X_0 -0.5)) (assert (<= X_0 1))
    ... (assert (or (<= Y_0 0) (>= (+ Y_0 (* 2 X_0)) 7.25)))''')
    >>> found, found.is_unsafe([1], ["5.25"]), found.is_unsafe([1], [5])
    (Property of networks with 1 input and 1 output: 2 unsafe polyhedra, True, False)
    """
    names: dict[str, int] = {}
    formulas: list[list[list[Term]]] = []
    for command in _parsed(text):
        head = command.parts[0].word if command.parts else ""
        if head == "declare-const" and len(command.parts) == 3 and not command.parts[1].parts:
            name = command.parts[1].word
            if command.parts[2].word != "Real" or not _NAME.fullmatch(name):
                raise UnsupportedError(f"Line {command.line} declares what is not an input X_i or output Y_i in Real.")
            if name in names:
                raise FileFormatError(f"Line {command.line} declares {name} again.")
            names[name] = command.line
        elif head == "assert" and len(command.parts) == 2:
            formulas.append(_cases(command.parts[1], names))
        else:
            raise UnsupportedError(f"Line {command.line} is neither (declare-const NAME Real) nor (assert FORMULA).")
    n, m = (_count(names, letter) for letter in "XY")
    cases = _joined(formulas)
    return Property(n, m, tuple(_rows(case, n, m) for case in cases))


def _parsed(text: str) -> Iterator[_Text]:
    """The lists in parentheses of the outermost level."""
    line, place = 1, 0
    stack: list[tuple[int, list[_Text]]] = []
    while place < len(text):
        match = _TOKEN.match(text, place)
        assert match is not None  # any character is one of the five
        comment, bracket, word, newline, _ = match.groups()
        place = match.end()
        line += bool(newline)
        if comment:
            continue
        if bracket == "(":
            stack.append((line, []))
            if len(stack) > _DEEPEST:
                raise FileFormatError(f"Line {line} has more than {_DEEPEST} open parentheses.")
        elif bracket == ")":
            if not stack:
                raise FileFormatError(f"Line {line} closes a parenthesis that was not opened.")
            start, parts = stack.pop()
            closed = _Text(start, "", tuple(parts))
            if stack:
                stack[-1][1].append(closed)
            else:
                yield closed
        elif word:
            if not stack:
                raise FileFormatError(f"Line {line} has a word outside of all parentheses.")
            stack[-1][1].append(_Text(line, word))
    if stack:
        raise FileFormatError(f"The parenthesis opened in line {stack[-1][0]} is not closed.")


def _cases(formula: _Text, names: dict[str, int]) -> list[list[Term]]:
    """The disjunctive normal form: lists of terms that are at least 0."""
    head, parts = (formula.parts[0].word, formula.parts[1:]) if formula.parts else ("", ())
    if head == "and":
        return _joined([_cases(part, names) for part in parts])
    if head == "or":
        return [case for part in parts for case in _cases(part, names)]
    if head in ("<=", ">=", "=") and len(parts) == 2:
        left, right = (_term(part, names) for part in parts)
        difference = _sum([right, _scaled(left, mpq(-1))])
        signs = {"<=": (1,), ">=": (-1,), "=": (1, -1)}[head]
        return [[_scaled(difference, mpq(sign)) for sign in signs]]
    raise UnsupportedError(f"The formula in line {formula.line} is not made of and, or, <=, >= and = of two terms.")


def _joined(factors: Sequence[list[list[Term]]]) -> list[list[Term]]:
    """The cases of a conjunction."""
    count = 1
    for factor in factors:
        count *= len(factor)
        if count > _MOST_CASES:
            raise UnsupportedError(f"The formula has more than {_MOST_CASES} cases.")
    return [[term for part in choice for term in part] for choice in product(*factors)]


def _term(text: _Text, names: dict[str, int]) -> Term:
    """A linear term."""
    if not text.parts:
        if text.word in names:
            return {text.word: mpq(1)}
        if _NAME.fullmatch(text.word):
            raise FileFormatError(f"Line {text.line} names {text.word}, which is not declared before.")
        try:
            if "_" not in text.word:  # Python's numbers may have them
                return {"": rational(text.word)}
        except InputError:
            pass
        raise FileFormatError(f"Line {text.line} has {text.word!r} where a number or a name is needed.")
    head, parts = text.parts[0].word, [_term(part, names) for part in text.parts[1:]]
    if head == "+" and parts:
        return _sum(parts)
    if head == "-" and parts:
        others = [_scaled(part, mpq(-1)) for part in parts]
        return others[0] if len(parts) == 1 else _sum([parts[0], *others[1:]])
    if head == "*" and parts:
        numbers = [part for part in parts if set(part) <= {""}]
        others = [part for part in parts if not set(part) <= {""}] or [{"": mpq(1)}]
        if len(others) == 1:
            factor = mpq(1)
            for part in numbers:
                factor *= part.get("", mpq(0))
            return _scaled(others[0], factor)
    raise UnsupportedError(f"The term in line {text.line} is no sum, difference or product with numbers.")


def _sum(terms: Sequence[Term]) -> Term:
    result: Term = {}
    for term in terms:
        for name, value in term.items():
            result[name] = result.get(name, mpq(0)) + value
    return result


def _scaled(term: Term, factor: mpq) -> Term:
    return {name: factor * value for name, value in term.items()}


def _count(names: dict[str, int], letter: str) -> int:
    """How many inputs, or outputs, are declared: those from 0 on, without a gap."""
    numbers = sorted(int(name[2:]) for name in names if name[0] == letter)
    if not numbers or numbers != list(range(len(numbers))):
        kind = "inputs X_0, X_1, ..." if letter == "X" else "outputs Y_0, Y_1, ..."
        raise FileFormatError(f"The {kind} are not declared, or with a gap.")
    return len(numbers)


def _rows(case: Sequence[Term], n_inputs: int, n_outputs: int) -> RationalMatrix:
    """The forms (a, c, e) in (x, y) of the terms of a case."""
    rows = np.full((len(case), n_inputs + n_outputs + 1), mpq(0), dtype=object)
    for row, term in zip(rows, case, strict=True):
        for name, value in term.items():
            place = n_inputs + n_outputs if not name else int(name[2:]) + (n_inputs if name[0] == "Y" else 0)
            row[place] = value
    return RationalMatrix.from_rationals(rows)
