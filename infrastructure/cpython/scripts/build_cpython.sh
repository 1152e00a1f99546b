#!/usr/bin/env bash
# From a verified source archive to an artefact with its checksum. Installs nothing: `make install` goes to a stage.
set -euo pipefail

# shellcheck source=infrastructure/cpython/scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'HELP'
Usage: build_cpython.sh VERSION [OPTIONS]

Builds CPython and packs it as cpython-VERSION-DISTRO-buildN.tgz with a .sha256 beside it.

  --build N          number of the build, 1 by default
  --source FILE      the source archive; without it, SOURCEURL or python.org is asked
  --sha256 HEX       checksum of the source; else FILE.sha256, else a line of sources.sha256
  --allow-missing M  accept a build without this standard module; can be repeated
  --force            build although the artefact exists
  --help             this text

Variables: ARTIFACT_DIR, BUILD_STATE_DIR, INSTALLPREFIX (/opt/python: the tree is python-VERSION), CPYTHON_DISTRO,
SOURCEURL, JOBS, CONFIGURE_FLAGS (replaces the flags).
Exit codes: 0 built, or built before; 1 failed, or the artefact exists; 2 wrong usage.
HELP
}

parse() {
    VERSION='' BUILD=1 SOURCE='' SHA256='' FORCE='' ALLOWED=()
    while (($#)); do
        case $1 in
        --build | --source | --sha256 | --allow-missing)
            [[ -n ${2-} ]] || wrong_usage "$1 needs a value"
            case $1 in
            --build) BUILD=$2 ;;
            --source) SOURCE=$2 ;;
            --sha256) SHA256=${2,,} ;;
            --allow-missing) ALLOWED+=("$2") ;;
            esac
            shift
            ;;
        --force) FORCE=yes ;;
        --help | -h)
            usage
            exit 0
            ;;
        -*) wrong_usage "unknown option \"$1\"" ;;
        *)
            [[ -z $VERSION ]] || wrong_usage "one version at a time, not \"$VERSION\" and \"$1\""
            VERSION=$1
            ;;
        esac
        shift
    done
    [[ -n $VERSION ]] || wrong_usage "a version is missing"
    need_version "$VERSION"
    need_number --build "$BUILD"
    [[ -z $SHA256 || $SHA256 =~ ^[0-9a-f]{64}$ ]] || wrong_usage "--sha256 needs 64 hexadecimal digits"
    [[ -z $SOURCE || -f $SOURCE ]] || wrong_usage "there is no file $SOURCE"
    # gcc reads the variable, too, and stops at an empty one.
    if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
        unset SOURCE_DATE_EPOCH
    elif ! [[ $SOURCE_DATE_EPOCH =~ ^[0-9]{1,11}$ ]]; then
        wrong_usage "SOURCE_DATE_EPOCH needs seconds since 1970, not \"$SOURCE_DATE_EPOCH\""
    fi
}

# Done before: the state names the artefact's checksum, so a changed or lost artefact is noticed.
already_built() {
    [[ -f $STATE && -f $ARTEFACT && $(cat "$STATE") == "$(sha256_of "$ARTEFACT")" ]]
}

need_tools() {
    local tool missing=()
    for tool in "${CC:-gcc}" make tar sha256sum; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    ((${#missing[@]} == 0)) || fail "not installed: ${missing[*]}; on Debian and Ubuntu: apt-get install build-essential"
}

fetch_source() {
    [[ -z $SOURCE ]] || return 0
    SOURCE=$SCRATCH/Python-$VERSION.tgz
    local url=${SOURCEURL:-https://www.python.org/ftp/python/$VERSION/Python-$VERSION.tgz}
    say "fetching $url"
    curl -fsSL --retry 3 --max-time 600 -o "$SOURCE" "$url" || fail "cannot fetch $url; give the archive with --source"
}

verify_source() {
    local expected=$SHA256 actual
    [[ -n $expected ]] || expected=$(expected_sha256 "$SOURCE.sha256")
    [[ -n $expected ]] || expected=$(grep -E " [*]?Python-$VERSION\.tgz\$" "$CPYTHON_DIR/sources.sha256" 2>/dev/null |
        grep -oE '^[0-9a-f]{64}' | head -n 1 || true)
    [[ -n $expected ]] || fail "no checksum for the source of $VERSION: --sha256 HEX, $SOURCE.sha256, or a line of sources.sha256"
    actual=$(sha256_of "$SOURCE")
    [[ $actual == "$expected" ]] || fail "the source has the checksum $actual instead of $expected; do not use it"
    say "source verified"
    SOURCE_SHA256=$actual
}

flags() {
    if [[ -n ${CONFIGURE_FLAGS+set} ]]; then
        printf '%s' "$CONFIGURE_FLAGS"
        return
    fi
    printf '%s' '--enable-optimizations --with-lto --enable-shared --enable-loadable-sqlite-extensions --with-ensurepip=install'
    # From 3.12 on the system's libffi is the only one.
    [[ ! $VERSION =~ ^3\.(8|9|10|11)\. ]] || printf ' --with-system-ffi'
}

compile() {
    local source=$SCRATCH/source stage=$SCRATCH/stage prefix=$INSTALLPREFIX-$VERSION given
    mkdir "$source" "$stage"
    tar -xf "$SOURCE" -C "$source" --strip-components=1 --no-same-owner
    read -ra given <<<"$(flags)"
    local step
    for step in configure make install; do
        say "$step"
        (
            cd "$source"
            case $step in
            # Found beside itself, so the tree works wherever it is unpacked.
            configure) LDFLAGS="${LDFLAGS:-} -Wl,-rpath,'\$\$ORIGIN/../lib'" ./configure --prefix="$prefix" "${given[@]}" ;;
            make) make -j "${JOBS:-$(nproc)}" ;;
            install) make install DESTDIR="$stage" ;;
            esac
        ) >"$SCRATCH/$step.log" 2>&1 </dev/null || {
            tail -n 30 "$SCRATCH/$step.log" >&2
            fail "$step failed, the last lines are above"
        }
    done
    mkdir "$SCRATCH/tree"
    mv "$stage$prefix" "$TREE" || fail "make install put nothing into $prefix"
    [[ ! -f $source/LICENSE ]] || cp "$source/LICENSE" "$TREE/LICENSE"
}

check_tree() {
    local python=$TREE/bin/python3 said
    [[ -x $python ]] || fail "the build has no bin/python3"
    said=$("$python" --version 2>&1) || fail "the built python3 does not run: $said"
    [[ $said == "Python $VERSION" ]] || fail "the source is that of $said, not of $VERSION"
    check_modules "$python" "${ALLOWED[@]}" ||
        fail "standard modules are missing: install their libraries (libssl-dev, libsqlite3-dev, ...) and build again"
    "$python" -m pip --version >/dev/null 2>&1 || fail "the build has no pip"
}

pack() {
    local epoch=${SOURCE_DATE_EPOCH:-$(date +%s)}
    cat >"$TREE/.build-info" <<INFO
version=$VERSION
build=$BUILD
distro=$(distro)
date=$(date -u -d "@$epoch" +%FT%TZ)
source_sha256=$SOURCE_SHA256
flags=$(flags)
compiler=$("${CC:-gcc}" --version | head -n 1)
INFO
    mkdir -p "$ARTIFACT_DIR" "$BUILD_STATE_DIR"
    # Into place whole: half an artefact is never seen under its name.
    tar -czf "$ARTEFACT.new" -C "$SCRATCH/tree" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" \
        "python-$VERSION"
    mv "$ARTEFACT.new" "$ARTEFACT"
    printf '%s  %s\n' "$(sha256_of "$ARTEFACT")" "$(basename "$ARTEFACT")" >"$ARTEFACT.sha256"
    sha256_of "$ARTEFACT" >"$STATE"
}

parse "$@"
NAME=$(artefact_name "$VERSION" "$BUILD")
ARTEFACT=$ARTIFACT_DIR/$NAME STATE=$BUILD_STATE_DIR/${NAME%.tgz}.done
if [[ -z $FORCE ]]; then
    if already_built; then
        say "$ARTEFACT was built before; --force builds it again"
        exit 0
    fi
    [[ ! -e $ARTEFACT ]] || fail "$ARTEFACT exists and is not what was built here; take another --build, or --force"
fi
need_tools
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
trap 'exit 130' INT TERM
TREE=$SCRATCH/tree/python-$VERSION
fetch_source
verify_source
compile
check_tree
pack
say "built $ARTEFACT"
