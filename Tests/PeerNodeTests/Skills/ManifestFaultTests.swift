import PeerModel
import Testing

@testable import PeerNode

/// Every kind of mistake that an author can make, and what is said about it.
@Suite struct ManifestFaultTests {
  static let good = """
    name: words
    description: Work on words.
    programs:
      sort: coreutils
    tools:
      sort:
        description: Sort lines.
        arguments:
          file: {format: file}
          width: {type: integer}
          tag: {type: string, enum: [red, blue]}
          reverse: {type: boolean}
          files: {type: array, items: {format: file}}
          names: {type: array, items: {type: string}}
        required: [file]
        run: [sort, <file>, [-w, <width>], --tag=<tag>, {when: reverse, add: -r}, <files>, <names>]
    """

  /// What stands in the good manifest, what an author wrote instead, and the fault with its line.
  static let mistakes: [(String, String, String)] = [
    // The whole.
    (good, "", "m.yaml:1: the manifest is empty"),
    (good, "- a\n- b", "m.yaml:1: expected keys with their values, such as name: pdf, got a list"),
    (
      "name: words", "name: [words",
      "m.yaml:2: malformed YAML: did not find expected ',' or ']', while parsing a flow sequence begun in line 1"
    ),
    ("name: words", "name: words\nname: other", "m.yaml:1: name: given twice"),
    ("name: words\n", "", "m.yaml:1: name: missing; it takes a skill name"),
    ("name: words", "name: 12", "m.yaml:1: name: expected a skill name, got the number 12"),
    (
      "name: words", "name: my words",
      "m.yaml:1: name: \"my words\" is no skill name: letters, digits, - and _, at most 64"
    ),
    (
      "name: words", "name: text.sort",
      "m.yaml:1: name: \"text.sort\" is no skill name: letters, digits, - and _, at most 64"
    ),
    ("name: words", "name: text", "m.yaml:1: name: the skill text is built in; choose another name"),
    ("name: words", "name: p2p", "m.yaml:1: name: the skill p2p is built in; choose another name"),
    (
      "description: Work on words.", "descripton: Work.",
      "m.yaml:2: descripton: unknown key, did you mean description?"
    ),
    (
      "description: Work on words.", "description: ''", "m.yaml:2: description: must be one line of 1 to 500 characters"
    ),
    (
      "description: Work on words.", "description: |\n  Two\n  lines",
      "m.yaml:2: description: must be one line of 1 to 500 characters"
    ),
    (
      "description: Work on words.", "description: W.\nread_only: true",
      "m.yaml:3: read_only: unknown key; it stands in a tool"
    ),
    ("description: Work on words.", "description: W.\nzzzzz: true", "m.yaml:3: zzzzz: unknown key"),
    // Programs.
    (
      "  sort: coreutils", "  /usr/bin/sort: coreutils",
      "m.yaml:4: programs./usr/bin/sort: a program is named without its path, did you mean sort?\nm.yaml:16: tools.sort.run: sort is not among programs"
    ),
    (
      "  sort: coreutils", "  sort: coreutils\n  bash: bash",
      "m.yaml:5: programs.bash: bash runs other commands, so a caller's value could become one\nm.yaml:5: programs.bash: no tool runs it"
    ),
    ("  sort: coreutils", "  sort:", "m.yaml:4: programs.sort: the Debian package that brings sort is missing"),
    (
      "  sort: coreutils", "  sort: Core Utils",
      "m.yaml:4: programs.sort: \"Core Utils\" is no name of a Debian package"
    ),
    ("  sort: coreutils", "  sort: coreutils\n  wc: coreutils", "m.yaml:5: programs.wc: no tool runs it"),
    (
      "programs:\n  sort: coreutils", "programs: [sort]",
      "m.yaml:3: programs: expected programs, each with its Debian package, such as qpdf: qpdf, got a list\nm.yaml:15: tools.sort.run: sort is not among programs"
    ),
    (
      "run: [sort,", "run: [sorts,",
      "m.yaml:4: programs.sort: no tool runs it\nm.yaml:16: tools.sort.run: sorts is not among programs, did you mean sort?"
    ),
    (
      "run: [sort,", "run: [sh, -c, sort,",
      "m.yaml:4: programs.sort: no tool runs it\nm.yaml:16: tools.sort.run: sh runs other commands, so a caller's value could become one"
    ),
    (
      "run: [sort,", "run: [/bin/sort,",
      "m.yaml:4: programs.sort: no tool runs it\nm.yaml:16: tools.sort.run: a program is named without its path, did you mean sort?"
    ),
    (
      "run: [sort,", "run: [<tag>,",
      "m.yaml:4: programs.sort: no tool runs it\nm.yaml:16: tools.sort.run: the program is fixed: a caller's value must not choose it"
    ),
    // Tools.
    (
      "tools:\n  sort:", "tools:\n  sort it:",
      "m.yaml:6: tools.\"sort it\": is no name of a tool: letters, digits and _, at most 64"
    ),
    (
      "    description: Sort lines.", "    summary: Sort lines.",
      "m.yaml:7: tools.sort.summary: unknown key, did you mean description?"
    ),
    (
      "    description: Sort lines.", "    description: Sort.\n    read_only: yes",
      "m.yaml:8: tools.sort.read_only: expected true or false, got the text \"yes\""
    ),
    (
      "    description: Sort lines.", "    description: Sort.\n    timeout: 5",
      "m.yaml:8: tools.sort.timeout: unknown key, did you mean seconds in limits?"
    ),
    (
      "required: [file]", "required: [fle]",
      "m.yaml:15: tools.sort.required: there is no argument fle, did you mean file?"
    ),
    (
      "required: [file]", "required: {a: b}",
      "m.yaml:15: tools.sort.required: expected a list of argument names, got a section"
    ),
    // Arguments.
    (
      "{type: integer}", "{type: int}",
      "m.yaml:10: tools.sort.arguments.width.type: expected type: string, integer, number, boolean or array, or format: file, got int, did you mean type: integer?"
    ),
    (
      "{type: integer}", "{type: file}",
      "m.yaml:10: tools.sort.arguments.width.type: expected type: string, integer, number, boolean or array, or format: file, got file, did you mean format: file?"
    ),
    (
      "{type: integer}", "{type: object}",
      "m.yaml:10: tools.sort.arguments.width.type: an object cannot be given to a program"
    ),
    (
      "{type: integer}", "integer",
      "m.yaml:10: tools.sort.arguments.width: expected a JSON Schema, got the text \"integer\""
    ),
    (
      "{type: integer}", "{description: W}",
      "m.yaml:10: tools.sort.arguments.width: has no type; write type: string, integer, number, boolean or array, or format: file"
    ),
    (
      "{type: integer}", "{type: integer, minimun: 1}",
      "m.yaml:10: tools.sort.arguments.width.minimun: this keyword of JSON Schema is not supported here, did you mean minimum?"
    ),
    (
      "{type: integer}", "{type: integer, minimum: low}",
      "m.yaml:10: tools.sort.arguments.width.minimum: must be a number"
    ),
    (
      "{type: integer}", "{type: integer, required: true}",
      "m.yaml:10: tools.sort.arguments.width.required: this keyword of JSON Schema is not supported here"
    ),
    (
      "{type: integer}", "{type: integer, default: wide}",
      "m.yaml:10: tools.sort.arguments.width.default: does not fit its own schema: expected integer, got string"
    ),
    (
      "{format: file}\n      width", "{format: file, default: a}\n      width",
      "m.yaml:9: tools.sort.arguments.file.default: a file has no default"
    ),
    (
      "{format: file}\n      width", "{format: path}\n      width",
      "m.yaml:9: tools.sort.arguments.file: has no type; write type: string, integer, number, boolean or array, or format: file"
    ),
    (
      "{type: array, items: {type: string}}", "{type: array}",
      "m.yaml:14: tools.sort.arguments.names.items: missing; it says what the list holds, such as items: {type: string}"
    ),
    (
      "      width: {type", "      wi-dth: {type: string}\n      width: {type",
      "m.yaml:10: tools.sort.arguments.wi-dth: is no name of an argument: letters, digits and _, at most 64\nm.yaml:10: tools.sort.arguments.wi-dth: is never used"
    ),
    (
      "      width: {type", "      folder: {type: string}\n      width: {type",
      "m.yaml:10: tools.sort.arguments.folder: <folder> has a meaning of its own; choose another name\nm.yaml:10: tools.sort.arguments.folder: is never used"
    ),
    (
      "      width: {type", "      wide: {type: string}\n      width: {type",
      "m.yaml:10: tools.sort.arguments.wide: is never used"
    ),
    ("run: [sort, <file>,", "run: [sort,", "m.yaml:9: tools.sort.arguments.file: the file is given to no program"),
    // Words.
    (
      "<file>,", "<fle>,",
      "m.yaml:9: tools.sort.arguments.file: the file is given to no program\nm.yaml:16: tools.sort.run: there is no argument for <fle>, did you mean file?"
    ),
    ("<file>,", "<file>, a<b,", "m.yaml:16: tools.sort.run: a<b: < without >"),
    ("<file>,", "<file>, 12,", "m.yaml:16: tools.sort.run: expected a word, got the number 12"),
    ("<file>,", "<file>, {file},", "m.yaml:16: tools.sort.run: expected a word, got a section"),
    ("<file>,", "<file>, <reverse>,", "m.yaml:16: tools.sort.run: <reverse> would be the word true or false"),
    ("<file>,", "<file>, <each>,", "m.yaml:16: tools.sort.run: <each> is there only in a step with for_each"),
    (
      "<file>,", "<file>, -n<width>,",
      "m.yaml:16: tools.sort.run: -n<width>: a value right after an option could be read as more options"
    ),
    (
      "<file>,", "<file>, --no-<tag>,",
      "m.yaml:16: tools.sort.run: --no-<tag>: a value right after an option could be read as more options"
    ),
    (
      "<file>,", "<file>, [-x, -y],",
      "m.yaml:16: tools.sort.run: a group of words without an argument in it is always there"
    ),
    (
      "<file>,", "<file>, [<files>, <names>],",
      "m.yaml:16: tools.sort.run: files and names are both lists; words are repeated for one list"
    ),
    (
      "<file>,", "<file>, [[<width>]],",
      "m.yaml:16: tools.sort.run: expected a word, got a list"
    ),
    (
      "{when: reverse, add: -r}", "{when: reverse}",
      "m.yaml:16: tools.sort.run.add: missing; it takes a word or a list of words"
    ),
    (
      "{when: reverse, add: -r}", "{when: revers, add: -r}",
      "m.yaml:12: tools.sort.arguments.reverse: is never used\nm.yaml:16: tools.sort.run: there is no argument revers, did you mean reverse?"
    ),
    (
      "{when: reverse, add: -r}", "{when: reverse, then: -r}",
      "m.yaml:16: tools.sort.run.then: unknown key, did you mean add?"
    ),
    (
      "{when: reverse, add: -r}", "{when: reverse, add: -r}, {when: tag, add: -t}",
      "m.yaml:16: tools.sort.run: tag is not true or false"
    ),
    (
      "{when: reverse, add: -r}", "{when: reverse, add: -r}, {when: tag, is: rad, add: -t}",
      "m.yaml:16: tools.sort.run: tag is never the text \"rad\", did you mean red?"
    ),
    (
      "run: [sort, <file>, [-w, <width>], --tag=<tag>, {when: reverse, add: -r}, <files>, <names>]", "run: sort <file>",
      "m.yaml:16: tools.sort.run: expected a list of words, the first one a program, got the text"
    ),
    // Files in and out.
    ("required: [file]", "stdin: fil", "m.yaml:15: tools.sort.stdin: there is no argument fil, did you mean file?"),
    (
      "required: [file]", "stdin: <file>",
      "m.yaml:15: tools.sort.stdin: the argument's name stands here without < and >, did you mean file?"
    ),
    ("required: [file]", "stdin: width", "m.yaml:15: tools.sort.stdin: width is not a file"),
    (
      "required: [file]", "success: [ok]",
      "m.yaml:15: tools.sort.success: expected exit statuses from 0 to 255, got the text \"ok\""
    ),
    ("required: [file]", "inputs: {width: {extension: txt}}", "m.yaml:15: tools.sort.inputs.width: is not a file"),
    (
      "required: [file]", "inputs: {fil: {extension: txt}}",
      "m.yaml:15: tools.sort.inputs.fil: there is no such argument, did you mean file?"
    ),
    (
      "required: [file]", "inputs: {file: {extension: .TXT}}",
      "m.yaml:15: tools.sort.inputs.file.extension: \".TXT\" is no extension: lower-case letters and digits, without the dot, did you mean txt?"
    ),
    (
      "required: [file]", "inputs: {file: {extension: txt, keep_name: true}}",
      "m.yaml:15: tools.sort.inputs.file.extension: a file that keeps its name keeps its extension"
    ),
    (
      "required: [file]", "output: txt",
      "m.yaml:15: tools.sort.output: expected text, json, lines, fields, file, files, got txt, did you mean text?"
    ),
    (
      "required: [file]", "output: files",
      "m.yaml:15: tools.sort.output: files needs a path: {form: files, path: \"*.png\"}"
    ),
    (
      "required: [file]", "output: {path: a.txt}",
      "m.yaml:15: tools.sort.output.form: missing; it takes text, json, lines, fields, file or files"
    ),
    (
      "required: [file]", "output: {form: file, path: a.txt}",
      "m.yaml:15: tools.sort.output.path: no word of run says where to write it"
    ),
    (
      "required: [file]", "output: {form: file, path: ../a.txt}",
      "m.yaml:15: tools.sort.output.path: \"../a.txt\" is no path within the run's folder"
    ),
    (
      "required: [file]", "output: {form: file, path: /a.txt}",
      "m.yaml:15: tools.sort.output.path: \"/a.txt\" is no path within the run's folder"
    ),
    (
      "required: [file]\n    run: [sort,", "output: {form: file, path: out/a.txt}\n    run: [sort, out/a.txt,",
      "m.yaml:15: tools.sort.output.path: the path is within out already, did you mean a.txt?"
    ),
    (
      "required: [file]\n    run: [sort,", "output: {form: text, path: \"*.txt\"}\n    run: [sort, out/a.txt,",
      "m.yaml:15: tools.sort.output.path: only the forms file and files take a pattern"
    ),
    (
      "required: [file]", "output: {form: file, media_type: png}",
      "m.yaml:15: tools.sort.output.media_type: \"png\" is no media type"
    ),
    (
      "required: [file]", "files: {../x: y}",
      "m.yaml:15: tools.sort.files.../x: \"../x\" is no path within the run's folder"
    ),
    (
      "required: [file]", "advice: [x]",
      "m.yaml:15: tools.sort.advice: expected advice by what a program prints, got a list"
    ),
    (
      "required: [file]", "advice: {\"\": x}",
      "m.yaml:15: tools.sort.advice.\"\": fits every failure: write what the program prints"
    ),
    ("required: [file]", "files: {in/file: y}", "m.yaml:15: tools.sort.files.in/file: in is for the files of callers"),
    (
      "required: [file]", "environment: {A B: c}",
      "m.yaml:15: tools.sort.environment.\"A B\": is no name of a variable: letters, digits and _"
    ),
    (
      "required: [file]", "environment: {LD_PRELOAD: x}",
      "m.yaml:15: tools.sort.environment.LD_PRELOAD: is not for a manifest to set"
    ),
    (
      "required: [file]", "environment: {A: <tag>}",
      "m.yaml:15: tools.sort.environment.A: a caller's value must not become part of the environment"
    ),
    ("required: [file]", "environment: {A: 1}", "m.yaml:15: tools.sort.environment.A: expected text, got the number 1"),
    ("required: [file]", "needs: [wc]", "m.yaml:15: tools.sort.needs: wc is not among programs"),
    // Limits.
    (
      "required: [file]", "limits: {seconds: 0}",
      "m.yaml:15: tools.sort.limits.seconds: expected seconds, or a number with s, m or h, up to 1d, got the number 0"
    ),
    (
      "required: [file]", "limits: {memory: 1T}",
      "m.yaml:15: tools.sort.limits.memory: expected bytes, or a number with K, M or G, from 16M to 64G, got the text \"1T\""
    ),
    ("required: [file]", "limits: {memory: 1M}", "m.yaml:15: tools.sort.limits.memory: expected bytes"),
    (
      "required: [file]", "limits: {files: 5000}",
      "m.yaml:15: tools.sort.limits.files: expected a number from 1 to 1000, got the number 5000"
    ),
    ("required: [file]", "limits: {time: 5}", "m.yaml:15: tools.sort.limits.time: unknown key"),
    // Steps.
    ("required: [file]", "steps: [{run: [sort]}]", "m.yaml:16: tools.sort.run: a tool with steps has it in its steps"),
    (
      "run: [sort,", "steps: [sort,",
      "m.yaml:16: tools.sort.steps[0]: expected keys with their values, got the text \"sort\""
    ),
    ("required: [file]", "steps: []", "m.yaml:15: tools.sort.steps: expected a list of steps, each with run"),
  ]

  @Test(arguments: mistakes)
  func everyMistakeIsNamed(_ row: (written: String, instead: String, fault: String)) throws {
    #expect(Self.good.contains(row.written), "the row changes something")
    let text = Self.good.replacing(row.written, with: row.instead, maxReplacements: 1)
    let error = #expect(throws: NodeError.self) { try SkillManifest.read(text: text, file: "m.yaml") }
    let message = error?.message ?? ""
    #expect(error?.code == .configuration)
    #expect(
      row.fault.split(separator: "\n").allSatisfy { line in
        message.split(separator: "\n").contains { $0.hasPrefix(line) }
      },
      "\(message)")
  }

  static let repeated: [(String, String)] = [
    (
      "steps:\n          - {run: [sort], for_each: a*}",
      "m.yaml:16: tools.sort.steps[0].for_each: no step before this one makes files"
    ),
    (
      "steps:\n          - {run: [sort]}\n          - {run: [sort], for_each: a*}",
      "m.yaml:17: tools.sort.steps[1].run: for_each has no effect without the word <each>"
    ),
    (
      "steps:\n          - {run: [sort]}\n          - {run: [sort, <each>], for_each: ../a*}",
      "m.yaml:17: tools.sort.steps[1].for_each: \"../a*\" is no path within the run's folder"
    ),
    ("steps:\n          - {ran: [sort]}", "m.yaml:16: tools.sort.steps[0].ran: unknown key, did you mean run?"),
  ]

  @Test(arguments: repeated)
  func mistakesInStepsAreNamed(_ row: (steps: String, fault: String)) throws {
    let lines = Self.good.split(separator: "\n", omittingEmptySubsequences: false)
    let text = lines.prefix(14).joined(separator: "\n") + "\n    " + row.steps.replacing("          -", with: "      -")
    let error = #expect(throws: NodeError.self) { try SkillManifest.read(text: text, file: "m.yaml") }
    let message = error?.message ?? ""
    #expect(message.split(separator: "\n").contains { $0.hasPrefix(row.fault) }, "\(message)")
  }

  @Test func theGoodManifestIsGood() throws {
    _ = try SkillManifest.read(text: Self.good, file: "m.yaml")
  }

  @Test func manyMistakesAreReportedTogetherByLine() throws {
    let text = Self.good.replacing("type: ", with: "typ: ")
    let error = #expect(throws: NodeError.self) { try SkillManifest.read(text: text, file: "m.yaml") }
    let lines = (error?.message ?? "").split(separator: "\n")
    #expect(lines.count == 11 && lines.last?.hasPrefix("m.yaml: and ") == true)
    #expect(
      lines.dropLast().map { Int($0.split(separator: ":")[1]) ?? 0 }
        == lines.dropLast().map { Int($0.split(separator: ":")[1]) ?? 0 }.sorted())
  }

  @Test func aHugeFileIsNotRead() throws {
    let text = Self.good + String(repeating: "#", count: SkillManifest.maximumSize)
    let error = #expect(throws: NodeError.self) { try SkillManifest.read(text: text, file: "m.yaml") }
    #expect(error?.message == "m.yaml: larger than 256 KiB, which no manifest is")
  }
}
