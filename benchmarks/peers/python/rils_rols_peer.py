"""RILS-ROLS 1.6.7: iterated local search with least squares on the terms at the top.

It has operators of its own and takes no others. Its time limit is in whole seconds by the clock on the wall and it cannot be taken up
again, so it is begun anew with other seeds until the processor seconds are spent, and the best formula by its own measure is kept. Its text has six
decimals; the other digits are found again by fitting the numbers of the text to the values that the peer itself predicts.
"""

import math
import re

import common
import numpy as np
import rils_rols_cpp
from scipy.optimize import least_squares

NAMES = {name: name for name in ("add", "sub", "mul", "div", "sin", "cos", "log", "exp", "sqrt", "pow", "square")}
NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*(?:e[+-]?\d+)?)(?![\w.(])")
# The package's own defaults.
PENALTY, MAX_COMPLEXITY = 0.001, 50


def with_all_digits(text, x, predicted):
    """`text` with its decimal numbers moved to where its values are `predicted`."""
    spans = [match.span() for match in NUMBER.finditer(text) if "." in match.group()]
    start = np.array([float(text[a:b]) for a, b in spans])
    if not len(start):
        return text

    def written(values):
        parts, at = [], 0
        for (a, b), value in zip(spans, values):
            parts += [text[at:a], common.number(value)]
            at = b
        return "".join(parts) + text[at:]

    def residuals(values):
        difference = common.value(written(values), x) - predicted
        return np.where(np.isfinite(difference), difference, 1e6)

    found = least_squares(residuals, start, x_scale=np.maximum(np.abs(start), 1e-6), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return written(found.x) if found.cost < 0.5 * np.sum(residuals(start) ** 2) else text


def fit(request):
    x, y = request.x, request.y
    begun, best = common.cpu(), None
    for attempt in range(50):
        left = request.cpu_seconds - (common.cpu() - begun)
        if best is not None and left < max(0.1 * request.cpu_seconds, 0.5):
            break
        search = rils_rols_cpp.rils_rols(
            False, 2**31 - 1, max(1, math.ceil(left)), PENALTY, MAX_COMPLEXITY, 1, False, request.seed + 1 + 1000 * attempt
        )
        search.fit(x.copy().reshape(-1, 1), y.copy(), *x.shape)
        text = search.get_model_string().replace("ln(", "log(").replace("^", "**")
        predicted = np.ravel(search.predict(x.copy().reshape(-1, 1), *x.shape))
        error = float(np.mean((predicted - y) ** 2)) / float(np.var(y))
        # The sum that its search makes small: error, and a penalty for size.
        merit = math.log(max(error, 1e-30)) + PENALTY * common.size(text) if math.isfinite(error) else math.inf
        if best is None or merit < best[0]:
            best = (merit, text, predicted)
        if error < 1e-24:
            break
    _, text, predicted = best
    ignored = [name for name in NAMES if name not in request.operators]
    notes = common.lacking(request, NAMES) + ([f"it also uses {', '.join(ignored)}"] if ignored else [])
    return common.Answer(expression=with_all_digits(text, x, predicted), predicted=predicted, notes=notes)


if __name__ == "__main__":
    common.run(fit)
