"""Operon (pyoperon 0.6.2): NSGA-II on error and length, Levenberg-Marquardt on every child, choice by BIC.

Its own time limit is in whole seconds by the clock on the wall. Here the evaluation budget is taken away at the end of the
generation in which the processor seconds are spent.
"""

import common
import numpy as np
import pyoperon
import pyoperon.sklearn as operon

NAMES = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "pow": "pow", "min": "fmin", "max": "fmax", "abs": "abs",
    "square": "square", "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp", "log": "log", "sin": "sin", "cos": "cos",
    "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
}
# What Operon calls its nodes, where that is no word.
SYMBOLS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}


class Limited:
    """The module `pyoperon` as `pyoperon.sklearn` sees it, with algorithms that ask for the time after every generation."""

    def __init__(self, is_over):
        self.is_over, self.evaluators = is_over, []

    def __getattr__(self, name):
        return getattr(pyoperon, name)

    def MultiEvaluator(self, problem):
        self.evaluators.append(pyoperon.MultiEvaluator(problem))
        return self.evaluators[-1]

    def Evaluator(self, *arguments):
        self.evaluators.append(pyoperon.Evaluator(*arguments))
        return self.evaluators[-1]

    def NSGA2Algorithm(self, *arguments):
        return Algorithm(pyoperon.NSGA2Algorithm(*arguments), self)


class Algorithm:
    def __init__(self, algorithm, limited):
        self.__dict__.update(algorithm=algorithm, limited=limited)

    def __getattr__(self, name):
        return getattr(self.algorithm, name)

    def Run(self, rng, _callback, threads, warm_start):
        def look():
            if self.limited.is_over():
                for evaluator in self.limited.evaluators:
                    evaluator.Budget = 0

        return self.algorithm.Run(rng, look, threads, warm_start)


def text(tree, variables):
    """The tree as text with all digits of its numbers: Operon's own formatter keeps a number of decimal places, which cuts small ones."""
    nodes = tree.Nodes

    def write(at):
        """The text of the subtree whose root is nodes[at]; its first argument ends right before it."""
        node = nodes[at]
        if node.IsVariable:
            name = f"x{int(variables[node.HashValue][1:]) - 1}"
            return name if node.Value == 1.0 else f"({common.number(node.Value)} * {name})"
        if node.IsConstant:
            return common.number(node.Value)
        arguments, child = [], at - 1
        for _ in range(node.Arity):
            arguments.append(write(child))
            child -= nodes[child].Length + 1
        kind = next(ours for ours, theirs in NAMES.items() if theirs == node.Name.lower() or SYMBOLS.get(node.Name) == ours)
        if len(arguments) == 1 and kind in ("sub", "div", "add", "mul"):
            return {"sub": f"(-{arguments[0]})", "div": f"(1 / {arguments[0]})"}.get(kind, arguments[0])
        result = arguments[0]
        for argument in arguments[1:]:
            result = common.TEXT[kind].format(result, argument)
        return common.TEXT[kind].format(result) if len(arguments) == 1 else result

    return write(len(nodes) - 1)


def fit(request):
    allowed = request.allowed(NAMES)
    end = common.cpu() + request.cpu_seconds
    operon.op = Limited(lambda: common.cpu() >= end)
    regressor = operon.SymbolicRegressor(
        allowed_symbols=",".join([*allowed.values(), "constant", "variable"]),
        objectives=["nmse", "length"], optimizer="lm", optimizer_iterations=5, population_size=500, pool_size=500,
        max_length=50, max_depth=10, tournament_size=5, offspring_generator="basic", reinserter="keep-best",
        generations=10**9, max_evaluations=2**60, epsilon=1e-5, n_threads=request.threads,
        model_selection_criterion="bayesian_information_criterion", random_state=request.seed + 1,
        max_time=int(60 + 20 * request.cpu_seconds),
    )
    regressor.fit(request.x, request.y)
    names = regressor.variables_
    front = [{"expression": text(s["tree"], names), "loss": float(s["mean_squared_error"])} for s in regressor.pareto_front_]
    # Of laws that fit without error the criterion is not finite.
    def criterion(solution):
        bic = solution["bayesian_information_criterion"]
        return bic if np.isfinite(bic) else -np.inf

    best = min(regressor.pareto_front_, key=lambda s: (criterion(s), s["length"]))
    return common.Answer(
        expression=text(best["tree"], names),
        front=front,
        predicted=regressor.evaluate_model(best["tree"], request.x),
        notes=common.lacking(request, NAMES) + ["computes in single precision"],
    )


if __name__ == "__main__":
    common.run(fit)
