"""Candidates of gplearn, which simplifies nothing, in the form that `egraph record` writes: one line of JSON each.

    python gplearn_candidates.py TABLES COUNT > gplearn.jsonl

TABLES is the folder that `egraph tables` wrote. The populations of several generations are sampled evenly. Division and the
logarithm are the plain ones: a formula that is undefined on a row is not taken.
"""

import csv
import json
import pathlib
import sys

import numpy as np
from gplearn.functions import _Function
from gplearn.genetic import SymbolicRegressor

NAMES = {"add": "add", "sub": "sub", "mul": "mul", "div": "div", "neg": "neg", "sqrt": "sqrt", "log": "log", "exp": "exp",
         "sin": "sin", "cos": "cos"}


def quiet(function):
    def call(*args):
        with np.errstate(all="ignore"):
            return function(*args)
    return call


FUNCTIONS = [
    _Function(quiet(np.add), "add", 2), _Function(quiet(np.subtract), "sub", 2), _Function(quiet(np.multiply), "mul", 2),
    _Function(quiet(np.divide), "div", 2), _Function(quiet(np.negative), "neg", 1), _Function(quiet(np.sqrt), "sqrt", 1),
    _Function(quiet(np.log), "log", 1), _Function(quiet(np.exp), "exp", 1), _Function(quiet(np.sin), "sin", 1),
    _Function(quiet(np.cos), "cos", 1),
]


def prefix(program):
    """The program in Symfolio's prefix notation with its numbers as free constants."""
    at = 0

    def one():
        nonlocal at
        node = program[at]
        at += 1
        if isinstance(node, _Function):
            return "(" + " ".join([NAMES[node.name]] + [one() for _ in range(node.arity)]) + ")"
        if isinstance(node, (int, np.integer)):
            return f"x{node}"
        return f"?{float(node)!r}"

    return one()


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    paths = sorted(folder.glob("*.csv"))
    for index, path in enumerate(paths):
        wanted = count * (index + 1) // len(paths) - count * index // len(paths)
        rows = list(csv.reader(open(path)))
        data = np.array([[float(cell) for cell in row] for row in rows[1:]])
        x, y = data[:, :-1], data[:, -1]
        met = []
        for generations in (2, 5, 10, 20):
            model = SymbolicRegressor(population_size=500, generations=generations, function_set=FUNCTIONS, n_jobs=1,
                                      parsimony_coefficient=0.0005, init_depth=(2, 6), random_state=generations)
            with np.errstate(all="ignore"):
                model.fit(x, y)
            for program in model._programs[-1]:
                with np.errstate(all="ignore"):
                    values = program.execute(x)
                if np.all(np.isfinite(values)) and 5 <= program.length_ <= 60:
                    met.append(prefix(program.program))
        met = list(dict.fromkeys(met))
        for i in range(min(wanted, len(met))):
            expr = met[int(i * max(1.0, len(met) / wanted))]
            ranges = [[float(column.min()), float(column.max())] for column in x.T]
            record = {"problem": path.stem, "ranges": ranges, "expr": expr}
            print(json.dumps(record))


if __name__ == "__main__":
    main()
