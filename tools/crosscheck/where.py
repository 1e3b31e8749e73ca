"""The filter language of `--where` and `--users`: text -> conditions -> SQL.

Three-valued like SQL; text compares without regard to case.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')"
                    r"|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)|(?P<sign><=|>=|!=|<>|[=<>(),]))")
_WORDS = {"and", "or", "not", "in", "like", "is", "null"}


@dataclass(frozen=True)
class Column:
    """A column of a fact: its SQL, how it compares, and the joined table that it needs."""

    sql: str
    kind: str = "text"
    needs: str = ""

    def holds(self, test) -> str:
        """SQL of a condition, given as a function of the SQL of the value."""
        return f"({test(self.sql)})"

    def missing(self) -> str:
        return f"({self.sql} IS NULL)"


@dataclass(frozen=True)
class Condition:
    """One AND-ed part of an expression."""

    names: frozenset
    render: object

    def reaches(self, columns: dict) -> bool:
        return self.names <= columns.keys()

    def sql(self, columns: dict) -> str:
        return self.render(columns)


class _Parser:
    def __init__(self, text: str):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if not match:
                raise ValueError(f"cannot read {text[at:]!r} in {text!r}")
            kind, token = match.lastgroup, match.group(match.lastgroup)
            if kind == "name" and token.lower() in _WORDS:
                kind, token = "word", token.lower()
            self.tokens.append((kind, token))
            at = match.end()
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, *wanted):
        """Consumes the next token when it is one of `wanted`."""
        if self.peek()[1] in wanted and self.peek()[0] in ("word", "sign"):
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def expect(self, wanted):
        if not self.take(wanted):
            raise ValueError(f"expected {wanted!r}, found {self.peek()[1]!r}")

    def conjunction(self) -> list:
        """The AND-ed parts; parentheses around a whole AND are opened."""
        parts = self._unit()
        while self.take("and"):
            parts += self._unit()
        return parts

    def disjunction(self) -> list:
        options = [self.conjunction()]
        while self.take("or"):
            options.append(self.conjunction())
        if len(options) == 1:
            return options[0]
        return [_join(" OR ", [_join(" AND ", parts) for parts in options])]

    def _unit(self) -> list:
        if self.take("not"):
            inner = _join(" AND ", self._unit())
            return [Condition(inner.names, lambda c: f"(NOT {inner.sql(c)})")]
        if self.take("("):
            parts = self.disjunction()
            self.expect(")")
            return parts
        return [self._predicate()]

    def _name(self) -> str:
        kind, token = self.peek()
        if kind != "name":
            raise ValueError(f"expected a column, found {token!r}")
        self.at += 1
        return token.lower()

    def _literal(self):
        kind, token = self.peek()
        if kind not in ("text", "number") and token.lower() not in ("true", "false"):
            raise ValueError(f"expected a value, found {token!r}")
        self.at += 1
        return token

    def _predicate(self) -> Condition:
        name = self._name()
        if self.take("is"):
            negated = "NOT " if self.take("not") else ""
            self.expect("null")
            return Condition(frozenset([name]), lambda c: f"({negated}{c[name].missing()})")
        negated = "NOT " if self.take("not") else ""
        test = self._test(bool(negated))
        if test[0] in ("!=", "<>"):
            negated, test = "NOT ", ("=", *test[1:])
        return Condition(frozenset([name]), lambda c: f"({negated}{c[name].holds(_compared(c[name].kind, *test))})")

    def _test(self, negated: bool) -> tuple:
        """An operator and its values."""
        if self.take("in"):
            self.expect("(")
            values = [self._literal()]
            while self.take(","):
                values.append(self._literal())
            self.expect(")")
            return "in", values
        if self.take("like"):
            return "like", [self._literal()]
        operator = self.take("=", "!=", "<>", "<", "<=", ">", ">=")
        if not operator or negated:
            raise ValueError(f"expected an operator, found {self.peek()[1]!r}")
        return operator, [self._literal()]


def _compared(kind: str, operator: str, values: list):
    """A test as a function of the SQL of the value that it looks at."""
    literals = [_value(kind, value) for value in values]
    if operator == "in":
        return lambda sql: f"{_side(kind, sql)} IN ({', '.join(literals)})"
    return lambda sql: f"{_side(kind, sql)} {operator} {literals[0]}"


def _join(word: str, parts: list) -> Condition:
    if len(parts) == 1:
        return parts[0]
    names = frozenset().union(*(part.names for part in parts))
    return Condition(names, lambda c: "(" + word.join(part.sql(c) for part in parts) + ")")


def _side(kind: str, sql: str) -> str:
    return f"lower({sql})" if kind == "text" else sql


def _value(kind: str, literal: str) -> str:
    if kind == "text":
        return f"lower({literal})"
    if kind == "date":
        return f"DATE {literal}"
    return literal.strip("'")


def parse(text: str) -> list:
    """The AND-ed conditions of an expression."""
    parser = _Parser(text)
    conditions = parser.disjunction()
    if parser.peek()[0] != "end":
        raise ValueError(f"unexpected {parser.peek()[1]!r} in {text!r}")
    return conditions
