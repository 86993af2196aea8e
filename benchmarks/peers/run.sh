#!/bin/sh
# Has a peer answer a request: benchmarks/peers/run.sh NAME REQUEST.json prints one line of JSON (see benchmarks/README.md).
set -u
here=$(cd "$(dirname "$0")" && pwd)
home=${SYMFOLIO_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/symfolio/peers}
[ $# -eq 2 ] || { echo "usage: run.sh NAME REQUEST.json" >&2; exit 2; }
name=$1
if [ "$name" = symbolic-regression ]; then
    program=$home/$name/release/symfolio-peers
    [ -x "$program" ] && exec "$program" symbolic-regression "$2"
else
    adapter=$here/python/$(echo "$name" | tr - _)_peer.py
    [ -f "$adapter" ] || { echo "there is no peer $name" >&2; exit 2; }
    # One core means one: the libraries under a peer start threads of their own.
    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
    [ -f "$home/$name/requirements.txt" ] && exec "$home/$name/bin/python" "$adapter" "$2"
fi
echo "$name is not set up; run $here/setup.sh $name" >&2
exit 3
