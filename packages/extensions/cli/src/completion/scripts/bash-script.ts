/** Completion for bash, from 3.2 on: nothing of the line is evaluated, and nothing of the bash-completion package is needed. */

/**
 * Words go to the program and its answers into COMPREPLY as elements of arrays, never through `eval` or `compgen -W`. Bash splits
 * at `:`, `=` and `@` what is one word to the program: such pieces are put together again where the line has no space between
 * them, and an answer loses what bash does not replace.
 */
export const bashScript = `# bash completion for dispatch
__dispatch_complete() {
    local IFS=$' \\t\\n' line="\${COMP_LINE:0:COMP_POINT}" asked=() last=-1 kept="" i piece bare
    COMPREPLY=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece="\${COMP_WORDS[i]}"
        bare="\${line#"\${line%%[![:space:]]*}"}"
        # The cursor may stand inside of the last word: what is behind it does not count.
        if ((i == COMP_CWORD)) && [[ "$piece" == "$bare"* ]]; then piece="$bare"; fi
        if ((i > 1)) && [[ "$line" == "$bare" && ( "$piece" == [:=@]* || "\${asked[last]}" == *[:=@] ) ]]; then
            kept="\${asked[last]}"
            asked[last]="$kept$piece"
        else
            kept=""
            asked[++last]="$piece"
        fi
        line="\${bare#"$piece"}"
    done
    if [[ "$piece" == [:=@]* ]]; then kept="\${asked[last]}"; fi
    case "$piece" in \\"* | \\'*) asked[last]="$kept\${piece:1}" ;; esac

    local current="\${asked[last]}" flag="" out value
    if [[ "$current" == -*=* ]]; then flag="\${current%%=*}="; fi
    out="$(dispatch complete -- "\${asked[@]:1}" 2>/dev/null </dev/null)"
    while IFS= read -r value; do
        value="\${value%%$'\\t'*}"
        if [[ -z "$value" || "$value" == :* || "$flag$value" != "$current"* ]]; then continue; fi
        value="$flag$value"
        COMPREPLY+=("\${value#"$kept"}")
    done <<<"$out"
}
complete -F __dispatch_complete dispatch`;
