"""Completion of commands and options in shells, as a script that the shell reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["SHELLS", "completion_script"]

SHELLS = ("bash", "powershell")

_BASH = """_connhub() {{
  local words current=${{COMP_WORDS[COMP_CWORD]}}
  case ${{COMP_WORDS[COMP_CWORD-1]}} in
{choices}
  esac
  if [ -z "$words" ]; then
    [ "$COMP_CWORD" -gt 1 ] && [[ $current != -* ]] && return
    case $COMP_CWORD:${{COMP_WORDS[1]}} in
      1:*) words="{commands}" ;;
{options}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _connhub connhub
"""
_POWERSHELL = """Register-ArgumentCompleter -Native -CommandName connhub -ScriptBlock {{
  param($word, $ast, $position)
  $options = @{{
{options}
  }}
  $typed = @($ast.CommandElements | ForEach-Object {{ $_.ToString() }})
  $command = if ($typed.Count -gt 1) {{ $typed[1] }} else {{ '' }}
  $first = $typed.Count -lt 2 -or ($typed.Count -eq 2 -and $word -ne '')
  $words = if ($first) {{ $options.Keys | Sort-Object }} else {{ $options[$command] }}
  $words | Where-Object {{ $_ -like "$word*" }} | ForEach-Object {{
    [System.Management.Automation.CompletionResult]::new($_)
  }}
}}
"""


def completion_script(
    shell: str, flags: Mapping[str, Sequence[str]], offered: Mapping[str, Sequence[str]]
) -> str:
    """The script of a shell.

    Parameters
    ----------
    shell : {"bash", "powershell"}
    flags : mapping of str to sequence of str
        The flags of each command.
    offered : mapping of str to sequence of str
        The values that a flag offers.

    Returns
    -------
    str
    """
    if shell == "powershell":
        lists = ("@(" + ", ".join(f"'{f}'" for f in flags[c]) + ")" for c in flags)
        rows = (f"    '{c}' = {some}" for c, some in zip(flags, lists, strict=True))
        return _POWERSHELL.format(options="\n".join(rows))
    return _BASH.format(
        commands=" ".join(flags),
        choices="\n".join(f'    {f}) words="{" ".join(v)}" ;;' for f, v in offered.items()),
        options="\n".join(f'      *:{c}) words="{" ".join(v)}" ;;' for c, v in flags.items()),
    )
