"""Pairs of formulas that SymPy proves equal, from candidates of searches.

    python pairs.py CANDIDATES COUNT > pairs.jsonl

Each candidate is transformed by SymPy (expand, factor, together, apart, cancel, collect, trigsimp, powsimp, expanding
logarithms and powers, another order). A pair is kept where the result is written differently, SymPy proves that the difference of the
two is 0, and both have the same finite values at points of the inputs' ranges. With free constants as symbols, and once more with
numbers of three digits in their places.
"""

import json
import random
import signal
import sys

import sympy as sp

UNARY = {"exp": sp.exp, "log": sp.log, "sin": sp.sin, "cos": sp.cos, "tan": sp.tan, "tanh": sp.tanh, "asin": sp.asin,
         "sqrt": sp.sqrt, "abs": sp.Abs, "square": lambda a: a**2, "cube": lambda a: a**3, "inv": lambda a: 1/a, "neg": lambda a: -a}
BINARY = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a*b, "div": lambda a, b: a/b,
          "pow": lambda a, b: a**b}
OPERATIONS = {
    "expand": sp.expand,
    "factor": lambda e: sp.factor(e),
    "together": sp.together,
    "apart": lambda e: sp.apart(e, sorted(e.free_symbols & inputs(e), key=str)[0]),
    "cancel": sp.cancel,
    "collect": lambda e: sp.collect(sp.expand(e), sorted(inputs(e), key=str)),
    "trigsimp": sp.trigsimp,
    "powsimp": sp.powsimp,
    "split": lambda e: sp.expand_power_base(sp.expand_log(sp.expand_power_exp(e))),
    "logcombine": sp.logcombine,
    "radsimp": sp.radsimp,
    "factor_terms": sp.factor_terms,
}


class Late(Exception):
    pass


def inputs(expr):
    return {symbol for symbol in expr.free_symbols if symbol.name.startswith("x")}


def words(text):
    return text.replace("(", " ( ").replace(")", " ) ").split()


def read(tokens, variables, constant):
    """The tree in prefix notation as nested tuples, leaves as SymPy's."""
    token = tokens.pop(0)
    if token == "(":
        op = tokens.pop(0)
        args = []
        while tokens[0] != ")":
            args.append(read(tokens, variables, constant))
        tokens.pop(0)
        return (op, *args)
    if token.startswith("x"):
        return variables[int(token[1:])]
    if token.startswith("?"):
        return constant(token[1:])
    return sp.nsimplify(token, rational=True)


def build(tree):
    if not isinstance(tree, tuple):
        return tree
    args = [build(arg) for arg in tree[1:]]
    return UNARY[tree[0]](*args) if len(args) == 1 else BINARY[tree[0]](*args)


def written(tree):
    """The tree as it stands, in infix notation, without any step of SymPy's."""
    if not isinstance(tree, tuple):
        return f"({tree})"
    args = [written(arg) for arg in tree[1:]]
    if tree[0] in ("add", "sub", "mul", "div", "pow"):
        sign = {"add": " + ", "sub": " - ", "mul": "*", "div": "/", "pow": "**"}[tree[0]]
        return f"({args[0]}{sign}{args[1]})"
    if tree[0] == "neg":
        return f"(-{args[0]})"
    return f"{tree[0]}({args[0]})"


def shuffled(tree, rng):
    """Operands of sums and products in another order."""
    if not isinstance(tree, tuple):
        return tree
    args = [shuffled(arg, rng) for arg in tree[1:]]
    if tree[0] in ("add", "mul") and rng.random() < 0.5:
        args.reverse()
    return (tree[0], *args)


def proved_equal(a, b):
    difference = a - b
    for attempt in (sp.expand, lambda e: sp.cancel(sp.together(e)), lambda e: sp.expand(sp.powdenest(sp.expand(e, force=False))),
                    lambda e: sp.cancel(sp.expand_trig(e)), sp.simplify):
        try:
            if attempt(difference) == 0:
                return True
        except (sp.PolynomialError, NotImplementedError, ZeroDivisionError):
            continue
    return False


def agree(a, b, ranges, variables, constants, rng):
    """Have both the same finite real values at points of the ranges?"""
    seen = 0
    for _ in range(12):
        at = {v: sp.Float(rng.uniform(*r), 40) for v, r in zip(variables, ranges)}
        at |= {c: sp.Float(value, 40) for c, value in constants.items()}
        left, right = a.evalf(30, subs=at), b.evalf(30, subs=at)
        if not (left.is_Float or left.is_Integer) or not (right.is_Float or right.is_Integer):
            return False
        if abs(left - right) > 1e-15*abs(left) + sp.Float("1e-25"):
            return False
        seen += 1
    return seen > 0


def formula(text, values):
    """The text, and the values of its constants in the order in which they appear."""
    import re
    order = list(dict.fromkeys(re.findall(r"\bc\d+\b", text)))
    return {"text": text.replace("Abs(", "abs("), "params": [values[name] for name in order]}


def pairs_of(record, numbers, rng):
    ranges = record["ranges"]
    signs = [{"positive": True} if lo > 0 else {"nonnegative": True} if lo >= 0 else {"real": True} for lo, _ in ranges]
    variables = [sp.Symbol(f"x{i}", **sign) for i, sign in enumerate(signs)]
    constants = {}

    def constant(text):
        index, _, value = text.partition("=") if "=" in text else (None, None, text)
        value = float(value)
        if numbers:
            return sp.Rational(f"{value:.2e}")
        name = f"c{100 + int(index)}" if index is not None else f"c{len(constants)}"
        symbol = sp.Symbol(name, positive=True) if value > 0 else sp.Symbol(name, negative=True)
        constants[symbol] = value
        return symbol

    tree = read(words(record["expr"]), variables, constant)
    expr = build(tree)
    if not inputs(expr):
        return
    values = {symbol.name: value for symbol, value in constants.items()}
    start = written(tree)
    common = {"problem": record["problem"], "names": [v.name for v in variables], "ranges": ranges}
    yield {**common, "operation": "reorder", "a": formula(start, values), "b": formula(written(shuffled(tree, rng)), values)}
    texts = {str(expr)}
    if agree(build(tree), expr, ranges, variables, constants, rng):
        yield {**common, "operation": "read", "a": formula(start, values), "b": formula(str(expr), values)}
    for name, operation in OPERATIONS.items():
        signal.alarm(3)
        try:
            other = operation(expr)
            text = str(other)
            if text in texts or len(text) > 1500 or other.has(sp.I, sp.zoo, sp.nan, sp.Piecewise):
                continue
            if not (proved_equal(expr, other) and agree(expr, other, ranges, variables, constants, rng)):
                continue
        except (Late, sp.PolynomialError, NotImplementedError, IndexError, TypeError, ZeroDivisionError, AttributeError,
                ValueError, RecursionError):
            continue
        finally:
            signal.alarm(0)
        texts.add(text)
        yield {**common, "operation": name, "a": formula(start, values), "b": formula(text, values)}


def main():
    def late(*_):
        raise Late

    signal.signal(signal.SIGALRM, late)
    records = [json.loads(line) for line in open(sys.argv[1])]
    count = int(sys.argv[2])
    rng = random.Random(1)
    rng.shuffle(records)
    for record in records[:count]:
        for numbers in (False, True):
            try:
                for pair in pairs_of(record, numbers, rng):
                    print(json.dumps(pair), flush=True)
            except (Late, KeyError):
                continue


if __name__ == "__main__":
    main()
