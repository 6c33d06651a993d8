extension ManifestKey {
  /// Every key, in the order of the reference page.
  static let table: [ManifestKey] = [
    ManifestKey(
      .manifest, "name", required: true, "a skill name",
      "The skill's name: letters, digits, `-` and `_`. Of two manifests with one name, the one that is read later "
        + "counts."),
    ManifestKey(
      .manifest, "description", required: true, "one line of text", "What the skill is for, for people and agents."),
    ManifestKey(
      .manifest, "programs", required: true, "programs, each with its Debian package",
      "The programs that the tools run, as `PROGRAM: PACKAGE`: their names as they are in `/usr/local/bin`, `/usr/bin` "
        + "or `/bin`, and the Debian package to install when one is missing. Shells, and programs that run others, are "
        + "refused."),
    ManifestKey(.manifest, "limits", "limits", "What a run of any tool may use at most."),
    ManifestKey(.manifest, "tools", required: true, "tools by name", "The tools, as `NAME: …`."),

    ManifestKey(.tool, "description", required: true, "one line of text", "What the tool does, for people and agents."),
    ManifestKey(
      .tool, "read_only", "true or false",
      "It changes nothing outside of its own folder, so running it twice harms nobody. `false` when left out."),
    ManifestKey(
      .tool, "arguments", "arguments by name, each a JSON Schema",
      "What a caller gives, as `NAME: SCHEMA`. A schema has `type` (`string`, `integer`, `number`, `boolean`, or "
        + "`array` of one of them) and may have `description`, `default`, `enum`, `minimum`, `maximum`, `minLength`, "
        + "`maxLength`, `items`, `maxItems`, `title` and `examples`. `{format: file}` is a file, `{type: array, items: "
        + "{format: file}}` a list of files."),
    ManifestKey(.tool, "required", "a list of argument names", "The arguments that must be given."),
    ManifestKey(
      .tool, "run", "a list of words, the first one a program",
      "The program and its arguments, each a word of its own; see below. Either this or `steps`."),
    ManifestKey(
      .tool, "stdin", "an argument that is a file",
      "The file that is the program's standard input; empty when left out."),
    ManifestKey(
      .tool, "success", "a list of exit statuses", "The exit statuses that mean success. `[0]` when left out."),
    ManifestKey(.tool, "steps", "a list of steps", "Several programs, one after the other, in the same folder."),
    ManifestKey(
      .tool, "needs", "a list of programs", "Programs of `programs` that those in `run` start in their turn."),
    ManifestKey(
      .tool, "inputs", "arguments with how their files are named",
      "How a file is named for the program, as `ARGUMENT: …`. Its path is `in/ARGUMENT` when left out."),
    ManifestKey(
      .tool, "files", "texts by the path of their file",
      "Texts that are put into the run's folder, as `PATH: text`: settings that a program has to find there."),
    ManifestKey(.tool, "output", "output, or its form alone", "What the caller gets. `text` when left out."),
    ManifestKey(
      .tool, "environment", "variables with their values",
      "Variables for the program, as `NAME: text`, where `<folder>` is the absolute path of the run's folder. It gets "
        + "these, `PATH`, `LANG=C.UTF-8`, `HOME=/nonexistent` and `TMPDIR`, and nothing of the daemon's own."),
    ManifestKey(
      .tool, "advice", "advice by what a program prints",
      "What to do about a failure, as `TEXT: advice`: when a program fails and its standard error has that text, the "
        + "caller is told."),
    ManifestKey(.tool, "limits", "limits", "What a run of this tool may use, where it differs from the manifest's."),

    ManifestKey(.step, "run", required: true, "a list of words, the first one a program", "As in a tool."),
    ManifestKey(.step, "stdin", "an argument that is a file", "As in a tool."),
    ManifestKey(.step, "success", "a list of exit statuses", "As in a tool."),
    ManifestKey(
      .step, "for_each", "a pattern of files, such as page-*.png",
      "Run once for each file that an earlier step made in the run's folder and that fits the pattern, in natural "
        + "order; its path is `<each>`. What the runs print is put together."),

    ManifestKey(
      .when, "when", required: true, "an argument", "The argument that decides: one that is true or false, or has `is`."
    ),
    ManifestKey(.when, "is", "a value", "The value that it must have. `true` when left out."),
    ManifestKey(.when, "add", required: true, "a word or a list of words", "The words that are there then."),

    ManifestKey(
      .input, "extension", "an extension, or a list of them",
      "The extension of the file's name for the program. Of a list, the caller's file must have one."),
    ManifestKey(
      .input, "keep_name", "true or false",
      "The file keeps the caller's name, in the folder `in/ARGUMENT`. Two files with one name are told apart by a "
        + "number."),

    ManifestKey(
      .output, "form", required: true, "text, json, lines, fields, file or files",
      "`text`: text, which becomes a file when it is long. `json`: one JSON value. `lines`: a list of lines. `fields`: "
        + "lines of `Key: value` as an object. `file`: one file. `files`: a list of files."),
    ManifestKey(
      .output, "path", "a path or pattern without a leading slash",
      "The file in the folder `out` that the program makes. For `file` and `files` it may be a pattern (`page-*.png`), "
        + "and `**` is every file in it and in folders below. Standard output when left out."),
    ManifestKey(
      .output, "extension", "an extension",
      "The extension of the file that the caller gets. That of `path`, else `txt`, when left out."),
    ManifestKey(.output, "media_type", "a media type", "The file's media type. Found by the extension when left out."),

    ManifestKey(
      .limits, "seconds", "seconds, or a number with s, m or h, up to 1d",
      "Time by the clock, all steps together. `60` when left out."),
    ManifestKey(
      .limits, "memory", "bytes, or a number with K, M or G, from 16M to 64G",
      "Address space of each program. `1G` when left out."),
    ManifestKey(
      .limits, "output", "bytes, or a number with K, M or G, from 1K to 4G",
      "What the caller gets, printed or in files. `256M` when left out."),
    ManifestKey(
      .limits, "disk", "bytes, or a number with K, M or G, from 1M to 64G",
      "Everything that the programs write. `1G` when left out."),
    ManifestKey(
      .limits, "files", "a number from 1 to 1000",
      "Files of the output, and files for which a step is repeated. `200` when left out."),
  ]
}
