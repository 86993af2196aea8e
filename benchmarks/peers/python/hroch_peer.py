"""HROCH 1.4.12: 64 parallel hill climbers on linear programs, in double precision, with its own weights of the operators.

Its time limit is by the clock on the wall; the climb is taken up again until the processor seconds are spent.
"""

import re

import common
from HROCH import SymbolicRegressor

NAMES = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "pow": "pow", "min": "min", "max": "max", "neg": "inv",
    "inv": "minv", "abs": "abs", "square": "sq2", "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp", "log": "log", "sin": "sin",
    "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh",
    "tanh": "tanh",
}
# The weights that HROCH gives in its set `math`; what is not in it gets the weight of its kin.
WEIGHTS = SymbolicRegressor.MATH | {"inv": 0.05, "minv": 0.05, "cbrt": 0.05, "abs": 0.005, "min": 0.005, "max": 0.005}


def text(model):
    """The model's text with its numbers in place, each with all its digits."""
    return re.sub(r"\bc(\d+)\b", lambda match: common.number(model.m.coeffs[int(match.group(1))]), model.m.str_representation)


def fit(request):
    problem = {theirs: WEIGHTS[theirs] for theirs in request.allowed(NAMES).values()} | {"nop": 0.01}
    end = common.cpu() + request.cpu_seconds
    regressor = SymbolicRegressor(
        num_threads=request.threads, time_limit=request.cpu_seconds / request.threads, iter_limit=0,
        random_state=request.seed + 1, precision="f64", problem=problem, warm_start=True,
    )
    while True:
        regressor.fit(request.x, request.y)
        left = end - common.cpu()
        if left < 0.05 * request.cpu_seconds:
            break
        regressor.time_limit = left / request.threads
    models = regressor.get_models()
    # Many of the 64 climbers arrive at the same formula.
    front = [{"expression": expression} for expression in dict.fromkeys(text(model) for model in models)]
    front = [member | {"loss": loss} for member in front if (loss := common.mse(member["expression"], request)) < float("inf")]
    return common.Answer(
        expression=text(models[0]), front=front, predicted=models[0].predict(request.x), notes=common.lacking(request, NAMES)
    )


if __name__ == "__main__":
    common.run(fit)
