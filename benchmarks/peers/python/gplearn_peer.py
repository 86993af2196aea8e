"""gplearn 0.4.3: plain genetic programming, one generation at a time until the processor seconds are spent.

Its division, root and logarithm are protected. They are written out as they compute: `where(abs(b) > 0.001, a / b, 1)` and so on; where no
row of the training data needs the protection, the plain operator is written, and the answer says so.
"""

import common
import numpy as np
from gplearn.functions import make_function
from gplearn.genetic import SymbolicRegressor

OWN = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "min": "min", "max": "max", "neg": "neg", "inv": "inv",
    "abs": "abs", "sqrt": "sqrt", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan",
}
# What gplearn lets a user add: functions that are finite everywhere near 0.
ADDED = {
    "square": np.square, "cube": lambda a: a**3, "cbrt": np.cbrt, "tanh": np.tanh, "atan": np.arctan,
    "exp": lambda a: np.exp(np.minimum(a, 100.0)), "sinh": lambda a: np.sinh(np.clip(a, -100.0, 100.0)),
    "cosh": lambda a: np.cosh(np.clip(a, -100.0, 100.0)),
}
LIMITED = {"exp": "exp(min({0}, 100.0))", "sinh": "sinh(max(min({0}, 100.0), -100.0))", "cosh": "cosh(max(min({0}, 100.0), -100.0))"}
GUARDED = {
    "div": (1, "where(abs({1}) > 0.001, {0} / {1}, 1.0)"), "inv": (0, "where(abs({0}) > 0.001, 1 / {0}, 0.0)"),
    "log": (0, "where(abs({0}) > 0.001, log(abs({0})), 0.0)"), "sqrt": (0, "sqrt(abs({0}))"),
}
NAMES = {**OWN, **{name: name for name in ADDED}}


def text(program, request, notes):
    """gplearn's prefix list of functions, columns and numbers as text."""
    rest = iter(program)

    def write():
        node = next(rest)
        if isinstance(node, (int, np.integer)):
            return f"x{node}"
        if not hasattr(node, "arity"):
            return common.number(node)
        arguments = [write() for _ in range(node.arity)]
        if node.name in GUARDED:
            which, guarded = GUARDED[node.name]
            values = common.value(arguments[which], request.x)
            if node.name != "sqrt" and not np.all(np.abs(values) > 0.001):
                return guarded.format(*arguments)
            if node.name in ("sqrt", "log") and not np.all(values >= 0):
                return f"{node.name}(abs({arguments[0]}))"
            notes.add(f"{node.name} is written without its protection, which no training row needs")
        elif node.name in LIMITED:
            values = common.value(arguments[0], request.x)
            if not np.all(np.abs(values) <= 100.0):
                return LIMITED[node.name].format(*arguments)
        return common.TEXT[node.name].format(*arguments)

    return write()


def fit(request):
    end = common.cpu() + request.cpu_seconds
    allowed = request.allowed(NAMES)
    functions = [ADDED[name] if name in ADDED else OWN[name] for name in allowed]
    functions = [
        make_function(function=f, name=name, arity=1) if callable(f) else f for name, f in zip(allowed, functions)
    ]
    regressor = SymbolicRegressor(
        population_size=1000, generations=1, function_set=functions, parsimony_coefficient=0.001, warm_start=True,
        const_range=(-5.0, 5.0), metric="mse", random_state=request.seed, n_jobs=1, low_memory=True,
    )
    best = None
    while True:
        regressor.fit(request.x, request.y)
        program = regressor._program
        if best is None or program.raw_fitness_ < best.raw_fitness_:
            best = program
        if common.cpu() >= end or best.raw_fitness_ < 1e-24:
            break
        regressor.set_params(generations=regressor.generations + 1)
    notes = set()
    expression = text(best.program, request, notes)
    return common.Answer(
        expression=expression, predicted=best.execute(request.x), notes=common.lacking(request, NAMES) + sorted(notes)
    )


if __name__ == "__main__":
    common.run(fit)
