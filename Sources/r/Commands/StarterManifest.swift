/// The manifest that `r skills new` writes. It works as it is on every Debian machine.
enum StarterManifest {
  static func text(name: String) -> String {
    // Quoted, since a name like `no` or `12` would mean something else.
    """
    # A command skill: which installed program each tool runs, and how.
    #   r skills check FILE        says what is wrong with it
    #   systemctl reload rd        reads it, when it is in /etc/r-cli/skills.d (or ~/.r-cli/skills.d, or skills.dirs)
    #   r call \(name).sort file=@list.txt reverse=true
    name: "\(name)"
    description: Sort and count lines of text.

    # Every program that the tools run, with the Debian package that brings it.
    programs:
      sort: coreutils
      wc: coreutils

    # What a run may use; a tool may have limits of its own.
    limits:
      seconds: 30
      memory: 512M

    tools:
      sort:
        description: Sort the lines of a text file.
        # It changes nothing, so running it twice harms nobody.
        read_only: true
        # What a caller gives, each a JSON Schema. {format: file} is a file.
        arguments:
          file: {format: file, description: The text.}
          reverse: {type: boolean, default: false, description: Last line first.}
          column: {type: integer, minimum: 1, maximum: 1000, description: Sort by this word of each line.}
        required: [file]
        # The program and its words; there is no shell. <column> is the place of an argument. Words in brackets are
        # there only when the argument is given; words after `when` only when it is true.
        run:
          - sort
          - {when: reverse, add: --reverse}
          - [--key, <column>]
        # The file that the program reads as its standard input.
        stdin: file
        # What it prints is the result: text, json, lines, fields, file or files.
        output: text

      count:
        description: Count the lines, words and bytes of some text files.
        read_only: true
        arguments:
          files: {type: array, items: {format: file}, maxItems: 20, description: The texts.}
        required: [files]
        # A list is repeated: <files> becomes one word for each file, its path in the folder of the run.
        run: [wc, <files>]
        output: lines

    """
  }
}
