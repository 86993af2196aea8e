"""What the adapters share: reading a request, measuring processor time, writing and checking the answer.

An adapter calls `run(fit)` with a function that takes a `Request` and returns an `Answer`. Inside an adapter the columns are called
x0, x1, ...; the names of the request are put in their places at the end.
"""

import ast
import csv
import json
import keyword
import math
import os
import re
import resource
import sys
from dataclasses import dataclass, field

import numpy as np

# The operators of Symfolio as Python text; {0}, {1} are the arguments.
TEXT = {
    "add": "({0} + {1})", "sub": "({0} - {1})", "mul": "({0} * {1})", "div": "({0} / {1})", "pow": "({0} ** {1})",
    "min": "min({0}, {1})", "max": "max({0}, {1})", "less": "less({0}, {1})", "neg": "(-{0})", "inv": "(1 / {0})",
    "square": "({0} ** 2)", "cube": "({0} ** 3)",
} | {f: f + "({0})" for f in "abs sqrt cbrt exp log sin cos sinc tan asin acos atan sinh cosh tanh".split()}

# The same for numpy, to check an expression with.
NUMPY = {
    "abs": np.abs, "sqrt": np.sqrt, "cbrt": np.cbrt, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "min": np.minimum, "max": np.maximum, "less": lambda a, b: np.where(a < b, 1.0, 0.0),
    "where": np.where, "sinc": lambda a: np.sinc(a / np.pi), "inv": lambda a: 1.0 / a, "neg": np.negative,
    "square": np.square, "cube": lambda a: a**3, "pow": np.power,
}


@dataclass
class Request:
    """What is asked for. `x` has the shape (n_rows, n_features)."""

    x: np.ndarray
    y: np.ndarray
    features: list
    operators: list
    cpu_seconds: float
    seed: int
    threads: int

    def allowed(self, names):
        """Those of `names` (Symfolio's name to the peer's) that the request allows, and the ones that the peer lacks."""
        return {ours: names[ours] for ours in self.operators if ours in names}


@dataclass
class Answer:
    """A formula over x0, x1, ...; `front` has others, each with an expression. `predicted` are the peer's own values of the formula."""

    expression: str
    front: list = field(default_factory=list)
    predicted: object = None
    notes: list = field(default_factory=list)


def cpu():
    """Processor seconds of this process and of its children that have ended."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def read(path):
    with open(path) as file:
        asked = json.load(file)
    train = asked["train"]
    if not os.path.isabs(train):
        train = os.path.join(os.path.dirname(os.path.abspath(path)), train)
    with open(train, newline="") as file:
        rows = list(csv.reader(file))
    header, rows = [name.strip() for name in rows[0]], [row for row in rows[1:] if row]
    table = np.array([[float(cell) for cell in row] for row in rows])
    column = lambda name: table[:, header.index(name)]
    features = asked.get("features") or [name for name in header if name != asked["target"]]
    return Request(
        x=np.ascontiguousarray(np.stack([column(name) for name in features], axis=1)),
        y=column(asked["target"]).copy(),
        features=features,
        operators=asked["operators"],
        cpu_seconds=float(asked.get("cpu_seconds", 5)),
        seed=int(asked.get("seed", 0)),
        threads=int(asked.get("threads", 1)),
    )


def value(expression, x):
    """Values of an expression over x0, x1, ... on the rows of `x`, as a C programmer would have them: nan and inf, no errors."""
    names = {f"x{i}": x[:, i] for i in range(x.shape[1])}
    with np.errstate(all="ignore"):
        return np.broadcast_to(eval(expression, {"__builtins__": {}}, NUMPY | names), len(x))  # noqa: S307


class Plain(ast.NodeTransformer):
    """Functions that Python has an operator for become that operator."""

    def visit_Call(self, node):
        self.generic_visit(node)
        arguments = node.args
        binary = lambda left, operator, right: ast.BinOp(left=left, op=operator, right=right)
        match node.func.id:
            case "inv":
                return binary(ast.Constant(1), ast.Div(), arguments[0])
            case "neg":
                return ast.UnaryOp(op=ast.USub(), operand=arguments[0])
            case "square" | "cube":
                return binary(arguments[0], ast.Pow(), ast.Constant({"square": 2, "cube": 3}[node.func.id]))
            case "pow":
                return binary(arguments[0], ast.Pow(), arguments[1])
        return node


def plain(expression):
    """The same expression in as few parentheses as Python needs, with powers and quotients as operators."""
    return ast.unparse(Plain().visit(ast.parse(expression.strip(), mode="eval")))


def size(expression):
    """Nodes of an expression, counted as Symfolio does: a sign before a number is part of it; x**2, x**3, x**0.5 and 1/x are one node."""

    def is_number(node, *values):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return is_number(node.operand, *(-v for v in values))
        return isinstance(node, ast.Constant) and (not values or node.value in values)

    def count(node):
        if isinstance(node, ast.UnaryOp):
            inner = count(node.operand)
            return inner if is_number(node.operand) or isinstance(node.op, ast.UAdd) else 1 + inner
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Pow) and is_number(node.right, 2, 3, 0.5, -1):
                return 1 + count(node.left)
            if isinstance(node.op, ast.Div) and is_number(node.left, 1):
                return 1 + count(node.right)
            return 1 + count(node.left) + count(node.right)
        if isinstance(node, ast.Call):
            return 1 + sum(count(argument) for argument in node.args)
        if isinstance(node, ast.Compare):
            return 1 + count(node.left) + count(node.comparators[0])
        return 1

    return count(ast.parse(expression, mode="eval").body)


def renamed(expression, features):
    """The expression with the request's names in the place of x0, x1, ...; names that are no words stand between backticks."""
    plain = lambda name: name.isidentifier() and not keyword.iskeyword(name)
    name = lambda match: (lambda n: n if plain(n) else f"`{n}`")(features[int(match.group(1))])
    return re.sub(r"\bx(\d+)\b(?!\()", name, expression)


def number(value):
    """A number as text that reads back to the same bits."""
    text = repr(float(value))
    return f"({text})" if text.startswith("-") else text


def run(fit):
    """Answers the request in the file that the command line names, in one line of JSON on standard output."""
    if len(sys.argv) != 2:
        sys.exit("usage: the adapter takes one argument, the file of a request (JSON)")
    request = read(sys.argv[1])
    # A peer that prints does so on standard error: the answer has standard output for itself.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    begun = cpu()
    answer = fit(request)
    seconds = cpu() - begun
    answer.expression = plain(answer.expression)
    for member in answer.front:
        member["expression"] = plain(member["expression"])
    notes = list(answer.notes)
    missing = mismatch(answer, request)
    if missing:
        notes.append(missing)
    front = []
    for member in answer.front:
        shown = dict(member, size=size(member["expression"]))
        front.append(shown | {"expression": renamed(member["expression"], request.features)})
    result = {
        "expression": renamed(answer.expression, request.features),
        "size": size(answer.expression),
        "seconds": round(seconds, 3),
        "front": front,
    }
    if notes:
        result["note"] = "; ".join(notes)
    out.write(json.dumps(result) + "\n")
    out.flush()
    # Some peers crash while their libraries are taken down.
    os._exit(0)


def mismatch(answer, request):
    """Words for an expression whose values are not those that the peer itself predicts."""
    if answer.predicted is None:
        return None
    ours, theirs = value(answer.expression, request.x), np.asarray(answer.predicted, dtype=float).ravel()
    scale = np.std(request.y) or 1.0
    both = np.isfinite(ours) & np.isfinite(theirs)
    worst = float(np.max(np.abs(ours - theirs)[both], initial=0.0)) / scale
    if worst < 1e-5 and np.array_equal(np.isfinite(ours), np.isfinite(theirs)):
        return None
    return f"the text differs from the peer's own values by {worst:.2g} standard deviations of the target"


def lacking(request, names):
    """A note on the operators of the request that the peer lacks."""
    gone = [name for name in request.operators if name not in names]
    return [f"the peer lacks {', '.join(gone)}"] if gone else []


def mse(expression, request):
    """Mean squared error of an expression; infinite where it is undefined on some row."""
    error = float(np.mean((value(expression, request.x) - request.y) ** 2))
    return error if math.isfinite(error) else math.inf
