#!/bin/sh
# Dependencies point only down the flow of data:
#   base -> model, net -> capture, download, media, speech, slides, notes,
#   library -> pipeline -> server, cli
# A line of `allowed` names what a module may include besides itself and base.
# Prints TAP: one test for each module.
set -u
src=${1:?usage: check_includes.sh SOURCE_FOLDER}/src

allowed='base
model base
net base
capture model net
media model
download model net media capture
speech model net media
slides model net media
notes model net
library model
pipeline model net capture download media speech slides notes library
server model net capture download media speech slides notes library pipeline
cli model net capture download media speech slides notes library pipeline server'

number=0
failed=0
say() { # ok? name detail
    number=$((number + 1))
    [ "$1" = ok ] || failed=1
    echo "$1 $number - $2"
    [ -z "$3" ] || printf '%s\n' "$3" | sed 's/^/# /'
}

for dir in "$src"/*/; do
    module=$(basename "$dir")
    may=$(printf '%s\n' "$allowed" | awk -v m="$module" '$1 == m { $1 = ""; print "base" $0 }')
    if [ -z "$may" ]; then
        say 'not ok' "includes of $module" "no rule for src/$module: add one to $0"
        continue
    fi
    wrong=$(grep -rHnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[a-z_]+/' \
                --include='*.c' --include='*.h' "$dir" |
        while IFS= read -r line; do
            to=$(printf '%s\n' "$line" | sed 's/.*"\([a-z_]*\)\/.*/\1/')
            [ -d "$src/$to" ] || continue
            case " $may $module " in
            *" $to "*) ;;
            *) printf '%s\n' "${line#"$src"/}" ;;
            esac
        done)
    if [ -z "$wrong" ]; then say ok "includes of $module" ''; else say 'not ok' "includes of $module" "$wrong"; fi
done

# One library, one place: nobody else may know its headers.
only() { # header pattern, where
    wrong=$(grep -rlE "#[[:space:]]*include[[:space:]]*<($1)" --include='*.c' --include='*.h' "$src" |
        sed "s|^$src/||" | grep -vE "^($2)")
    if [ -z "$wrong" ]; then say ok "$1 stays in $2" ''; else say 'not ok' "$1 stays in $2" "$wrong"; fi
}
only 'sqlite3' 'library/|pipeline/'
only 'curl/' 'net/'
only 'libav|libsw' 'media/'
only 'archive' 'library/'
only 'tesseract/|leptonica/|allheaders' 'slides/'
only 'whisper|pocketsphinx' 'speech/'
echo "1..$number"
exit $failed
