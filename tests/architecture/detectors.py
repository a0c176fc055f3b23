"""What must not stand in the code: each detector answers the lines it objects to."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.source import Finding, Source

MAX_FILE, MAX_TEST_FILE, MAX_FUNCTION = 400, 600, 60

_CHANCE_MODULES = frozenset({"random", "secrets", "time"})
_CHANCE_NAMES = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "time", "monotonic"})
_DATABASE_TIME = re.compile(r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|"
                            r"\bcurrent_(timestamp|date|time)\b")  # fmt: skip
_ON_THE_MACHINES_CLOCK = re.compile(r"\b(lease_until|next_try|beat_at|caught_up_at|parked_since|outages)\b")
_DATABASE_CASE = re.compile(r"\b(lower|upper|initcap)\(", re.IGNORECASE)
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_SQL = re.compile(
    r"\bselect\b.*\bfrom\b|\binsert into\b|\bupdate \w+ set\b|\bdelete from\b|\border by\b|\blimit %|"
    r"\bwhere [\w.]+ (=|<|>|in|is)|\b(create|alter|drop) (table|view|index|schema|or replace)\b|%s::",
    re.DOTALL,
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def clock_and_chance(source: Source) -> Iterator[Finding]:
    """Time, ids and randomness come in as values; pure code never asks for them."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            asked = [alias.name for alias in node.names if alias.name in _CHANCE_MODULES]
        elif isinstance(node, ast.ImportFrom):
            whole = [node.module] if node.module in _CHANCE_MODULES else []
            asked = [m for m in whole if m] + [a.name for a in node.names if a.name in _CHANCE_NAMES]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = [node.func.attr] if node.func.attr in _CHANCE_NAMES else []
        else:
            continue
        yield from (Finding(node.lineno, name) for name in asked)


def database_time(source: Source) -> Iterator[Finding]:
    """Business time is a parameter; the database's clock serves leases, retries and signs of life."""
    for line, text in _sql_lines(source):
        if _DATABASE_TIME.search(text) and not _ON_THE_MACHINES_CLOCK.search(text):
            yield Finding(line, text.strip())


def database_case(source: Source) -> Iterator[Finding]:
    """The database's lower() leaves É alone under some locales: fold in Python or with translate()."""
    for line, text in _sql_lines(source):
        if _DATABASE_CASE.search(text):
            yield Finding(line, text.strip())


def _sql_lines(source: Source) -> Iterator[tuple[int, str]]:
    """Lines of an SQL file, or of the strings of a Python file that aren't docstrings."""
    if source.path.suffix == ".sql":
        yield from ((n, line.partition("--")[0]) for n, line in enumerate(source.text.splitlines(), 1))
        return
    documentation = {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield from ((node.lineno + n, line) for n, line in enumerate(node.value.splitlines()))


def values_in_sql(source: Source) -> Iterator[Finding]:
    """Values reach SQL as parameters; what is put into its text is ours, or says why: `# sql: …`."""
    scopes: list[Function | ast.Module] = [source.tree]
    yield from _values_in(source, source.tree, scopes)


def _values_in(source: Source, node: ast.AST, scopes: list[Function | ast.Module]) -> Iterator[Finding]:
    if isinstance(node, Function):
        scopes = [*scopes, node]
    if isinstance(node, ast.expr) and _builds_sql(node):
        foreign = [part for part in _parts(node) if not _is_ours(part, scopes)]
        if foreign and "# sql:" not in source.segment(node):
            yield Finding(node.lineno, ast.unparse(foreign[0]))
        return
    for child in ast.iter_child_nodes(node):
        yield from _values_in(source, child, scopes)


def _builds_sql(node: ast.expr) -> bool:
    if not isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
        return False
    if isinstance(node, ast.Call) and not _is_format(node):
        return False
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Mod):
        return False
    constants = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
    return bool(_SQL.search("".join(text for text in constants if isinstance(text, str))))


def _is_format(node: ast.Call) -> bool:
    """`"…".format(…)`; psycopg's own sql.SQL("…").format(…) quotes what it is given."""
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and not (isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value.func).endswith("SQL"))
    )


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """What is put into a text: f-string holes, operands, arguments of format."""
    match node:
        case ast.JoinedStr():
            for piece in node.values:
                if isinstance(piece, ast.FormattedValue):
                    yield piece.value
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.Call(func=ast.Attribute(value=text), args=arguments, keywords=keywords):
            yield text
            yield from arguments
            yield from (keyword.value for keyword in keywords)


def _is_ours(node: ast.expr, scopes: list[Function | ast.Module]) -> bool:
    """Whether an expression comes from the code alone, never from a caller."""
    match node:
        case ast.Constant():
            return True
        case ast.Tuple(elts=parts):
            return all(_is_ours(part, scopes) for part in parts)
        case ast.IfExp(body=body, orelse=other):
            return _is_ours(body, scopes) and _is_ours(other, scopes)
        case ast.JoinedStr() | ast.BinOp():
            return all(_is_ours(part, scopes) for part in _parts(node))
        case ast.Attribute(value=ast.Name(id="self" | "cls")):
            return True
        case ast.Call() if _is_format(node):
            return all(_is_ours(part, scopes) for part in _parts(node))
        case ast.Call(func=ast.Attribute(value=value), args=[]):
            return _is_ours(value, scopes)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _is_our_name(name, scopes) and all(_is_ours(a, scopes) for a in arguments)
        case ast.Name(id=name):
            return _is_our_name(name, scopes)
        case _:
            return False


def _is_our_name(name: str, scopes: list[Function | ast.Module]) -> bool:
    for depth in range(len(scopes) - 1, 0, -1):
        function = scopes[depth]
        assert isinstance(function, Function)
        arguments = function.args
        if name in {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}:
            return False
        if assigned := list(_assigned(function, name)):
            return all(_is_ours(value, scopes) for value in assigned)
    return any(name == target for target in _module_names(scopes[0]))


def _assigned(function: Function, name: str) -> Iterator[ast.expr]:
    """What a local name is set to; for `a, b = …` the whole right side."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[target], value=value) | ast.AugAssign(target=target, value=value):
                if name in {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}:
                    yield value


def _module_names(module: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(module):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.FunctionDef(name=name):
                yield name
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                yield from (alias.asname or alias.name for alias in names)


def too_long(source: Source) -> Iterator[Finding]:
    """A file or function that nobody reads in one go."""
    lines = len(source.text.splitlines())
    if lines > (MAX_TEST_FILE if source.folder == "tests" else MAX_FILE):
        yield Finding(lines, f"{lines} lines")
    if source.path.suffix != ".py":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                yield Finding(node.lineno, f"{node.name}: {length} lines")


def no_docstring(source: Source) -> Iterator[Finding]:
    """A module begins by saying why it exists."""
    if ast.get_docstring(source.tree) is None:
        yield Finding(1, "no docstring")


def unfinished(source: Source) -> Iterator[Finding]:
    """Comments that put work off."""
    if source.path.suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
        comments = [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]
    else:
        comments = list(enumerate(source.text.splitlines(), 1))
    for line, text in comments:
        if _UNFINISHED.search(text):
            yield Finding(line, text.strip())
