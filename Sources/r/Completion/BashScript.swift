extension CompletionScripts {
  /// The same text as completions/r.bash.
  static let bash = #"""
    # Completion of r for bash. The names come from the running rd; nothing here starts one.

    _r() {
      local rest="${COMP_LINE:0:COMP_POINT}" words=() word blank current head reply typed kind i

      # bash cuts words at = : @ as well; r does not, so they are put together again.
      for ((i = 0; i <= COMP_CWORD; i++)); do
        blank="${rest%%[![:space:]]*}"
        rest="${rest#"$blank"}"
        word="${COMP_WORDS[i]}"
        ((i == COMP_CWORD)) && word="$rest"
        rest="${rest#"$word"}"
        if ((i == 0)) || [[ -n $blank ]]; then
          words+=("$word")
        else
          words[${#words[@]} - 1]+="$word"
        fi
      done
      for ((i = 0; i < ${#words[@]}; i++)); do
        words[i]="${words[i]//[\\\"\']/}"
      done

      # What bash takes for the current word is only the part after the last cut.
      current="${words[${#words[@]} - 1]}"
      word="${COMP_WORDS[COMP_CWORD]}"
      [[ $word == *[!=:@]* ]] || word=""
      head="${current%"$word"}"
      # An @ at a cut stays with the word that is replaced.
      [[ $head == *@ && $COMP_WORDBREAKS == *@* ]] && head="${head%@}"

      COMPREPLY=()
      reply="$(command r __complete -- "${words[@]:1}" 2>/dev/null)" || return 0
      if [[ $reply == :* ]]; then
        kind=-f
        [[ $reply == :directories ]] && kind=-d
        typed="${current#*=@}"
        [[ $current == --*=* ]] && typed="${current#*=}"
        if [[ $typed == "$current" ]]; then
          compopt -o default 2>/dev/null
          return 0
        fi
        while IFS= read -r word; do
          [[ -d $word ]] && word+=/
          printf -v word %q "$word"
          word="${current%"$typed"}$word"
          COMPREPLY+=("${word#"$head"}")
        done < <(compgen "$kind" -- "$typed")
        [[ ${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
        return 0
      fi
      while IFS=$'\t' read -r word _; do
        [[ -n $word ]] || continue
        word="${word#"$head"}"
        [[ -n $word ]] && printf -v word %q "$word"
        COMPREPLY+=("$word")
      done <<<"$reply"
      if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=@] ]]; then
        compopt -o nospace 2>/dev/null
      fi
      return 0
    }

    complete -F _r r

    """#
}
