internal import PeerModel

extension SkillManifest {
  /// The reference page of manifests in Markdown, made from ``ManifestKey/table``.
  package static var referencePage: String {
    """
    # Command skills

    A file that says which installed program a tool runs, and how.

    ## From nothing to a skill

    ```bash
    r skills new words --output words.yaml          # a manifest that works, with comments
    r skills check words.yaml                       # what is wrong with it, by line
    sudo install -m 644 words.yaml /etc/r-cli/skills.d/
    sudo systemctl reload rd                        # manifests are read at start and at reload
    r skills                                        # it is there, or the reason why not
    r call words.sort file=@list.txt reverse=true
    r call office-mac words.sort file=@list.txt     # on a peer that has it and trusts this node
    ```

    A whole one, which reads the text of images:

    ```yaml
    \(example)
    ```

    ## Where manifests are

    One file a skill, named `*.yaml` or `*.yml`. The folders are read in this order; of two skills with one name the later
    one counts, which the log says:

    1. the shipped ones, in `/usr/share/r-cli/skills.d`, or `Sources/skills.d` of the checkout that `rd` was built in;
    2. `/etc/r-cli/skills.d`;
    3. `~/.r-cli/skills.d`, when `rd` runs as a login user;
    4. those of `skills.dirs` in the configuration (<doc:Configuration>), in their order.

    To change a shipped skill, copy its manifest into a later folder and change it there. A manifest that is wrong does not
    stop `rd` or the other skills: `r status` warns, and `r skills` and the log say why. A file or folder that others
    than root or `rd`'s own user may write is not read, because a manifest decides what runs as that user. A manifest has at
    most \(maximumSize >> 10) KiB, a folder at most \(SkillFolder.maximumFiles) of them, a skill at most \
    \(ManifestReader.maximumTools) tools, a tool at most \(ManifestArguments.maximum) arguments.

    A tool whose program is not installed stays listed, as unavailable, with the package to install.

    ## Keys

    \(ManifestKey.Section.allCases.map(table).joined(separator: "\n\n"))

    ## The words of `run`

    `run` is the argument vector itself. No shell reads it, so nothing in it has to be quoted for one.

    | Written | Becomes |
    |---|---|
    | `-layout` | that word |
    | `<width>` | the argument's value as one word; nothing when it is not given |
    | `--title=<title>`, `<width>x<height>` | one word with the values in it; nothing when one of them is not given |
    | `[-f, <first_page>]` | these words when every argument in them is given |
    | `<files>`, `[--tag, <tags>]` | the same once for each element, when the argument is a list |
    | `<file>` | the path of the caller's file, in the folder of the run |
    | `{when: layout, add: -layout}` | that word when the argument is true |
    | `{when: format, is: png, add: [-png]}` | these words when the argument has that value |
    | `<folder>` | the absolute path of the folder of the run |
    | `<each>` | in a step with `for_each`: the file that it runs for |
    | `<<` | a plain `<` |

    A caller's value never becomes an option. A word that begins with a value is refused when it begins with `-`, unless the
    word `--` stands before it (write that only where the program takes it as the end of options), and always when it begins
    with `@`, which many programs take for a file of options. A value may follow an option's name only after `=`. Values
    that a program would read as a path, a pattern or a command of its own are for the author to keep out: declare numbers
    and `enum`s where they do.

    ## The folder of a run

    A program starts in an empty folder of its own that goes away afterwards. The caller's files are copies in `in`; what the
    tool gives back is printed, or written into `out`; everything else may be written beside them. Of `out`, only plain
    files count: links are not followed, and a hard link to a file elsewhere fails the call. A run that takes longer, or
    writes more, than its limits is ended with all that it started.

    """
  }

  /// A manifest as a whole; one of the tests reads it.
  static let example = """
    name: scans
    description: Read the text of scanned pages.

    programs:
      tesseract: tesseract-ocr

    limits:
      seconds: 2m
      memory: 2G

    tools:
      read:
        description: Read the text in an image.
        read_only: true
        arguments:
          image: {format: file, description: The image.}
          language: {type: string, default: eng, maxLength: 40, description: "Such as eng or deu+eng."}
          columns: {type: boolean, default: false, description: The text is in columns.}
        required: [image]
        stdin: image
        run:
          - tesseract
          - stdin
          - stdout
          - [-l, <language>]
          - {when: columns, add: [--psm, "1"]}
        environment: {OMP_THREAD_LIMIT: "2"}
        output: text
    """

  private static func table(_ section: ManifestKey.Section) -> String {
    """
    ### \(section.title)

    | Key | Value | Meaning |
    |---|---|---|
    \(ManifestKey.keys(in: section).map(row).joined(separator: "\n"))
    """
  }

  private static func row(_ key: ManifestKey) -> String {
    "| `\(key.name)`\(key.isRequired ? " (needed)" : "") | \(key.takes) | \(key.meaning) |"
  }
}
