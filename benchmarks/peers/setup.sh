#!/bin/sh
# Sets up what Symfolio is compared with, each in an environment of its own: benchmarks/peers/setup.sh NAME...|all
# Environments lie in $SYMFOLIO_PEERS, by default in the user's cache. A peer that is there already is left alone.
set -u
here=$(cd "$(dirname "$0")" && pwd)
home=${SYMFOLIO_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/symfolio/peers}
all="pyoperon hroch rils-rols eggp gplearn pysr symbolic-regression"
python=${PYTHON:-python3}

say() { echo "$*" >&2; }

set_up_python() {
    name=$1
    if ! command -v "$python" >/dev/null; then
        say "$name: there is no $python on the path; install Python 3.10 to 3.12, or name one by PYTHON=..."
        return 1
    fi
    if ! "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))'; then
        say "$name: $("$python" --version) may lack wheels for these versions; Python 3.10 to 3.12 is known to work (PYTHON=...)"
    fi
    rm -rf "$home/$name.new"
    mkdir -p "$home"
    "$python" -m venv "$home/$name.new" || { say "$name: cannot make a virtual environment in $home"; return 1; }
    pip="$home/$name.new/bin/python -m pip install --quiet --disable-pip-version-check"
    isolation=
    if [ -f "$here/python/requirements/$name.build.txt" ]; then
        # Its build asks for packages that its description does not name.
        $pip -r "$here/python/requirements/$name.build.txt" || { say "$name: cannot download; is there a network?"; return 1; }
        isolation=--no-build-isolation
    fi
    if ! $pip $isolation -r "$here/python/requirements/$name.txt"; then
        say "$name: pip could not install python/requirements/$name.txt; without a network there is nothing to install from"
        rm -rf "$home/$name.new"
        return 1
    fi
    # An environment knows its own path: it is only complete once this mark is in it.
    rm -rf "${home:?}/$name"
    mv "$home/$name.new" "$home/$name"
    cp "$here/python/requirements/$name.txt" "$home/$name/requirements.txt"
}

set_up() {
    name=$1
    case " $all " in
        *" $name "*) ;;
        *) say "there is no peer $name; the peers are $all"; return 1 ;;
    esac
    if [ "$name" = symbolic-regression ]; then
        command -v cargo >/dev/null || { say "$name: there is no cargo on the path"; return 1; }
        CARGO_TARGET_DIR="$home/$name" cargo build --release --quiet --locked --manifest-path "$here/rust/Cargo.toml" \
            || { say "$name: cargo could not build it"; return 1; }
    elif [ "$name" = pysr ] && ! command -v julia >/dev/null; then
        say "pysr: there is no julia on the path; install Julia 1.10 or newer first"
        return 1
    elif cmp -s "$here/python/requirements/$name.txt" "$home/$name/requirements.txt"; then
        say "$name: is set up already in $home/$name"
        return 0
    else
        set_up_python "$name" || return 1
    fi
    say "$name: set up in $home/$name"
}

[ $# -gt 0 ] || { say "usage: setup.sh NAME...|all, with names from: $all"; exit 2; }
[ "$1" != all ] || set -- $all
failed=
for name in "$@"; do
    set_up "$name" || failed="$failed $name"
done
[ -z "$failed" ] || { say "not set up:$failed"; exit 1; }
