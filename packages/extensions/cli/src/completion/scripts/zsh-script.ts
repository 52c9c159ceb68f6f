/** Completion for zsh: nothing of the line is evaluated. */

/** Words and answers stay elements of arrays; `_describe` quotes what it puts into the line. */
export const zshScript = `#compdef dispatch
# zsh completion for dispatch
_dispatch() {
    local -a asked described
    local out line value description
    if (( CURRENT > 2 )); then asked=( "\${(@)words[2,CURRENT-1]}" ); fi
    out="$(dispatch complete -- "\${(@)asked}" "$PREFIX" 2>/dev/null </dev/null)"
    for line in "\${(@f)out}"; do
        if [[ -z "$line" || "$line" == :* ]]; then continue; fi
        value="\${line%%$'\\t'*}"
        description="\${line#*$'\\t'}"
        described+=( "\${value//:/\\\\:}\${description:+:$description}" )
    done
    # What follows \`--flag=\` is a word of its own.
    if [[ "$PREFIX" == -*=* ]]; then compset -P 1 '*='; fi
    if (( $#described )); then _describe dispatch described; fi
}
# From a folder of fpath it is called at once; read with \`source\` it is made known.
if [[ "\${funcstack[1]}" == _dispatch ]]; then _dispatch "$@"; else compdef _dispatch dispatch; fi`;
