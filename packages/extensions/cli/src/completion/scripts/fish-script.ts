/** Completion for fish: nothing of the line is evaluated. */

/** `commandline` gives words without running what is in them; an answer goes into the line as a word, quoted by fish. */
export const fishScript = `# fish completion for dispatch
function __dispatch_complete
    set -l before (commandline -opc)
    # An opening quote is the shell's, not the word's.
    set -l current (commandline -ct | string replace -r -- '^[\\'"]' '')
    set -l flag (string match -r -- '^-[^=]*=' "$current")
    for line in (dispatch complete -- $before[2..-1] "$current" 2>/dev/null </dev/null)
        if test -n "$line"; and not string match -q -- ':*' "$line"
            printf '%s%s\\n' "$flag" "$line"
        end
    end
end
complete -c dispatch -e
complete -c dispatch -f -a '(__dispatch_complete)'`;
