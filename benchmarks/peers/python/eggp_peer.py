"""eggp 2.2.2: genetic programming over one e-graph of all that was visited.

Its time limit is in whole seconds by the clock on the wall, and it goes far beyond it at times. So some generations are run at a time, each time
in a process whose processor time is limited, from the e-graph that the last one left, until the processor seconds are spent. The choice
is the member with the least loss.
"""

import csv
import math
import os
import re
import resource
import sys
import tempfile

import common
from eggp import EGGP

NAMES = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "pow": "power", "inv": "recip", "abs": "abs", "square": "square",
    "cube": "cube", "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan",
    "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
}
NUMPY = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "absolute": "abs", "negative": "neg", "reciprocal": "inv",
    "power": "pow",
}


def text(row):
    """The text of a member, from its numpy code with the constants `t[i]` apart, which have all their digits."""
    constants = [float(value) for value in str(row["theta"]).split(";") if value]
    code = re.sub(r"\bt\[(\d+)\]", lambda match: common.number(constants[int(match.group(1))]), row["Numpy"])
    code = re.sub(r"x\[:,\s*(\d+)\]", r"x\1", code)
    return re.sub(r"\bnp\.(\w+)", lambda match: NUMPY.get(match.group(1), match.group(1)), code)


def search(request, generations, seconds, folder):
    """Some generations in a process of its own, from the e-graph in `folder` if there is one, to a table of members there.

    A process of its own, since the library neither keeps to its time limit nor stops when it is told to: the system ends it.
    """
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1] == 0
    try:
        limit = max(1, math.ceil(seconds))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        # The runtime of eggp reads its number of threads when it is first used, which is here.
        os.environ["GHCRTS"] = f"-N{request.threads}"
        graph, fresh, members = (os.path.join(folder, name) for name in ("egraph", "egraph.new", "members.csv"))
        search = EGGP(
            gen=generations, nPop=100, maxSize=30, nonterminals=",".join(request.allowed(NAMES).values()),
            max_time=max(1, math.ceil(seconds)), dumpTo=fresh, loadFrom=graph if os.path.exists(graph) else "",
        )
        search.fit(request.x, request.y)
        search.results[["Numpy", "theta"]].to_csv(members + ".new", index=False)
        os.replace(members + ".new", members)
        os.replace(fresh, graph)
    except BaseException as error:
        print(f"eggp: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def fit(request):
    begun, generations = common.cpu(), 1
    with tempfile.TemporaryDirectory() as folder:
        members = os.path.join(folder, "members.csv")
        while (left := request.cpu_seconds - (common.cpu() - begun)) > 0.3:
            # Without any members there is no answer, so the first generations may take longer.
            if not search(request, generations, left if os.path.exists(members) else max(left, 30.0), folder):
                break
            generations = min(2 * generations, 64)
        if not os.path.exists(members):
            sys.exit("eggp: it was ended before it had a formula; give it more time")
        with open(members, newline="") as file:
            results = list(csv.DictReader(file))
    front = []
    for row in results:
        try:
            expression = text(row)
            front.append({"expression": expression, "loss": common.mse(expression, request)})
        except (SyntaxError, NameError) as error:
            print(f"left out {row['Numpy']!r}: {error}", file=sys.stderr)
    front = [member for member in front if math.isfinite(member["loss"])]
    best = min(front, key=lambda member: member["loss"])
    return common.Answer(expression=best["expression"], front=front, notes=common.lacking(request, NAMES))


if __name__ == "__main__":
    common.run(fit)
