"""PySR, where Julia is installed: regularised evolution with its own choice `best`, stopped by its time limit."""

import re
import shutil
import sys

import common

NAMES = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^", "min": "min", "max": "max", "neg": "neg", "inv": "inv",
    "abs": "abs", "square": "square", "cube": "cube", "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp", "log": "log",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh",
}
BINARY = ["add", "sub", "mul", "div", "pow", "min", "max"]


def text(equation):
    return re.sub(r"(?<=\d)f0\b", "", str(equation)).replace("^", "**")


def fit(request):
    from pysr import PySRRegressor

    allowed = request.allowed(NAMES)
    settings = dict(
        binary_operators=[theirs for ours, theirs in allowed.items() if ours in BINARY],
        unary_operators=[theirs for ours, theirs in allowed.items() if ours not in BINARY],
        maxsize=50, niterations=10**8, precision=64, progress=False, verbosity=0, random_state=request.seed,
        parallelism="serial" if request.threads == 1 else "multithreading", temp_equation_file=True, print_precision=17,
    )
    # Compiling is no search: a first run of no length does it.
    x, y = request.x, request.y
    PySRRegressor(**settings | {"niterations": 1}).fit(x[:20], y[:20], variable_names=[f"x{i}" for i in range(x.shape[1])])
    begun = common.cpu()
    regressor = PySRRegressor(**settings, timeout_in_seconds=request.cpu_seconds / request.threads)
    regressor.fit(x, y, variable_names=[f"x{i}" for i in range(x.shape[1])])
    front = [{"expression": text(row["equation"]), "loss": float(row["loss"])} for _, row in regressor.equations_.iterrows()]
    notes = [f"{common.cpu() - begun:.1f} CPU-seconds without compilation"]
    return common.Answer(
        expression=text(regressor.get_best()["equation"]), front=front, predicted=regressor.predict(x),
        notes=common.lacking(request, NAMES) + notes,
    )


if __name__ == "__main__":
    if shutil.which("julia") is None:
        sys.exit("pysr: there is no julia on this machine's path; install Julia 1.10 or newer, then run setup.sh pysr again")
    common.run(fit)
