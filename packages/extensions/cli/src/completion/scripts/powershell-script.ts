/** Completion for PowerShell: nothing of the line is evaluated. */

/**
 * The program is called with an array, not through `Invoke-Expression`. On Windows the call may pass `cmd.exe`, which reads its
 * line once more: a word that is more than letters, digits and the marks of ids and flags is told as `_`, as only its place counts.
 */
export const powershellScript = `# powershell completion for dispatch
Register-ArgumentCompleter -Native -CommandName 'dispatch' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @(
        foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
            $start = $element.Extent.StartOffset
            if ($start -ge $cursorPosition) { continue }
            $text = $element.Extent.Text
            if ($element.Extent.EndOffset -gt $cursorPosition) { $text = $text.Substring(0, $cursorPosition - $start) }
            if ($text -match '^[A-Za-z0-9_@+=:,./-]+$') { $text } else { '_' }
        }
    )
    $current = ''
    if ($wordToComplete -ne '' -and $words.Count -gt 0) { $current = $words[-1] }
    else {
        # Before 7.3 PowerShell drops an empty word unless it is quoted once more.
        $legacy = $PSVersionTable.PSVersion -lt [version]'7.3' -or $PSNativeCommandArgumentPassing -eq 'Legacy'
        $words += $(if ($legacy) { '""' } else { '' })
    }
    $flag = ''
    if ($current -match '^(-[^=]*=)') { $flag = $Matches[1] }
    foreach ($line in @(& dispatch complete '--' @words 2>$null)) {
        $value, $description = "$line".Split("\`t", 2)
        if ($value -eq '' -or $value.StartsWith(':')) { continue }
        $whole = $flag + $value
        if (-not $whole.StartsWith($current, [StringComparison]::Ordinal)) { continue }
        if (-not $description) { $description = $value }
        if ($whole -notmatch '^[A-Za-z0-9_=:./-]+$') { $whole = "'" + $whole + "'" }
        [System.Management.Automation.CompletionResult]::new($whole, $value, 'ParameterValue', $description)
    }
}`;
