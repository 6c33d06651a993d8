import PeerModel
import Testing

@testable import PeerNode

/// What becomes of what programs print and make, and where their freedom ends.
@Suite struct CommandRunTests {
  static let forms: [(CommandOutput.Form, String, JSONValue)] = [
    (.text, "printf 'a\\nb\\n'", "a\nb\n"), (.lines, "printf 'a\\n\\nb'", ["a", "b"]),
    (.json, "echo '{\"a\": [1, 2]}'", ["a": [1, 2]]),
    (.fields, "printf 'A: 1\\nB:x:y\\nno\\nA: 2\\n'", ["A": "2", "B": "x:y"]),
  ]

  @Test(arguments: forms)
  func whatIsPrintedIsRead(_ row: (form: CommandOutput.Form, script: String, value: JSONValue)) async throws {
    try await SkillBench.run { bench in
      let printed = try await bench.call(shellSkill(row.script, output: CommandOutput(row.form)), "run")
      #expect(printed.value == row.value && printed.files.isEmpty)
      let made = try await bench.call(
        shellSkill("{ \(row.script); } > out/made", output: CommandOutput(row.form, path: "made")), "run")
      #expect(made.value == row.value && made.files.isEmpty)
    }
  }

  @Test func badJSONIsAFailureOfTheSkill() async throws {
    try await SkillBench.run { bench in
      let error = await nodeError {
        try await bench.call(shellSkill("echo '{a}'", output: CommandOutput(.json)), "run")
      }
      #expect(error?.code == .skillFailed && error?.message.hasPrefix("the program printed no JSON") == true)
    }
  }

  @Test func filesComeInNaturalOrderWithTheirFolders() async throws {
    let script =
      "mkdir -p out/d/e; for n in 10 9 1; do echo $n > out/p-$n.txt; done; echo x > out/d/e/ü.png; ln -s /etc/passwd out/l; mkfifo out/f"
    try await SkillBench.run { bench in
      let all = try await bench.call(shellSkill(script, output: CommandOutput(.files, path: "**")), "run")
      #expect(all.files.map(\.name) == ["ü.png", "p-1.txt", "p-9.txt", "p-10.txt"])
      #expect(
        all.value.arrayValue?.first == [
          "name": "ü.png", "folder": "d/e", "$stream": 1, "size": 2, "media_type": "image/png",
        ])
      #expect(try all.files[3].contents(limit: 10) == Array("10\n".utf8))
      let some = try await bench.call(shellSkill(script, output: CommandOutput(.files, path: "p-?.txt")), "run")
      #expect(some.files.map(\.name) == ["p-1.txt", "p-9.txt"])
      let one = try await bench.call(
        shellSkill("echo hi > out/image.webp", output: CommandOutput(.file, path: "image.*")), "run",
        file: try bench.file("x".utf8, name: "photo.jpeg"))
      #expect(one.value == ["name": "photo.webp", "$stream": 1, "size": 3, "media_type": "image/webp"])
      let none = await nodeError {
        try await bench.call(shellSkill("echo no >&2", output: CommandOutput(.file, path: "a.pdf")), "run")
      }
      #expect(none == NodeError(.skillFailed, "sh made no file"))
    }
  }

  @Test func aLinkToAFileOutsideIsNoOutput() async throws {
    try await SkillBench.run { bench in
      let secret = bench.workspace.directory + "-secret"
      let script = "echo secret > '\(secret)'; ln '\(secret)' out/a.txt"
      let error = await nodeError {
        try await bench.call(shellSkill(script, output: CommandOutput(.files, path: "**")), "run")
      }
      #expect(error == NodeError(.skillFailed, "the tool made a link to a file outside of its output"))
      _ = try printed(by: "rm -f '\(secret)'")
      let own = try await bench.call(
        shellSkill("echo x > out/a; ln out/a out/b", output: CommandOutput(.files, path: "**")), "run")
      #expect(own.files.map(\.name) == ["a", "b"])
    }
  }

  @Test func stepsShareAFolderAndAreRepeated() async throws {
    let step = CommandStep(
      shell,
      CommandTemplate([
        .words([CommandWord(.literal("-c"))]), .words([CommandWord(.literal("cat \"$0\""))]),
        .words([CommandWord(.each)]),
      ]), forEach: "part-*")
    var skill = CommandTool(
      ToolDescription(name: "run", summary: "Runs.", arguments: .object(["file": .file("F.")])),
      steps: [CommandStep(shell, literals("-c", "echo dropped; split -l 1 - part-"), input: "file"), step],
      output: .text)
    try await SkillBench.run { bench in
      let file = try bench.file("one\ntwo\nthree\n".utf8)
      func call() async throws -> JSONValue {
        try await bench.call(CommandSkill(name: "s", summary: "S.", tools: [skill]), "run", file: file).value
      }
      #expect(try await call() == "one\ntwo\nthree\n")
      skill.limits.files = 2
      #expect(await nodeError { try await call() } == NodeError(.tooLarge, "the tool made more than 2 files"))
      skill.limits.files = 5
      skill.steps[1].forEach = "none-*"
      #expect(
        await nodeError { try await call() } == NodeError(.skillFailed, "s.run: there is nothing for sh to work on"))
      skill.steps[0].arguments = literals("-c", "echo no >&2; exit 4")
      #expect(await nodeError { try await call() } == NodeError(.skillFailed, "sh: no"))
      skill.steps[0].success = [4]
      skill.steps.removeLast()
      #expect(try await call() == "")
    }
  }

  @Test func diskBombsAreEndedWhileTheyGrow() async throws {
    let limits = CommandLimits(diskBytes: 4 << 20)
    try await SkillBench.run { bench in
      let many = shellSkill("n=0; while :; do n=$((n+1)); head -c 1000000 /dev/zero > f$n; done", limits: limits)
      #expect(await nodeError { try await bench.call(many, "run") }?.code == .tooLarge)
      let names = shellSkill("mkdir a; cd a; while :; do n=$((n+1000)); touch $(seq $n $((n+999))); done")
      #expect(
        await nodeError { try await bench.call(names, "run") }
          == NodeError(.tooLarge, "the tool made more than 10000 files"))
      // Too fast for the look during the run: the look after it.
      let quick = shellSkill("for n in 1 2 3 4 5 6; do head -c 1000000 /dev/zero > f$n; done", limits: limits)
      #expect(await nodeError { try await bench.call(quick, "run") }?.code == .tooLarge)
      let output = shellSkill(
        "head -c 3000 /dev/zero > out/a", output: CommandOutput(.files, path: "**"),
        limits: CommandLimits(outputBytes: 2000))
      #expect(
        await nodeError { try await bench.call(output, "run") }
          == NodeError(.tooLarge, "the tool made files of 3000 bytes, the limit is 2000"))
    }
  }

  @Test func aToolHasATimeOfItsOwn() async throws {
    let seconds = uniqueSeconds()
    try await SkillBench.run { bench in
      let error = await nodeError {
        try await bench.call(shellSkill("sleep \(seconds)", limits: CommandLimits(seconds: 1)), "run")
      }
      #expect(error == NodeError(.timedOut, "shell.run did not end within 1 s"))
      try await expectNoSurvivor(seconds)
    }
  }

  @Test func callersFilesAreCopiesUnderSafeNames() async throws {
    let manifest = """
      name: show
      description: Show.
      programs: {ls: coreutils, cat: coreutils}
      tools:
        plain:
          description: Show.
          arguments: {file: {format: file}}
          run: [ls, <file>]
        extension:
          description: Show.
          arguments: {file: {format: file}}
          inputs: {file: {extension: [txt, md]}}
          run: [ls, <file>]
        kept:
          description: Show.
          arguments: {files: {type: array, items: {format: file}}}
          inputs: {files: {keep_name: true}}
          run: [ls, in/files]
        list:
          description: Show.
          arguments: {files: {type: array, items: {format: file}, maxItems: 3}}
          inputs: {files: {extension: txt}}
          run: [cat, <files>]
      """
    let skill = try SkillManifest.read(text: manifest, file: "m")
    try await SkillBench.run { bench in
      let hostile = try bench.file("x".utf8, name: "-rf; ..")
      #expect(try await bench.call(skill, "plain", files: [("file", hostile)]).value == "in/file\n")
      let read = try bench.file("x".utf8, name: "a.B.MD")
      #expect(try await bench.call(skill, "extension", files: [("file", read)]).value == "in/file.md\n")
      let wrong = await nodeError { try await bench.call(skill, "extension", files: [("file", hostile)]) }
      #expect(wrong == NodeError(.invalidArguments, "/file: the file's name must end with .txt, .md"))
      let kept = try await bench.call(
        skill, "kept", files: [("files[]", read), ("files[]", hostile), ("files[]", read)])
      #expect(kept.value == "-rf; ..\na.B-2.MD\na.B.MD\n")
      let parts = try ["1", "2", "3"].map { ("files[]", try bench.file($0.utf8)) }
      #expect(try await bench.call(skill, "list", files: parts).value == "123")
      // One file where a list is wanted, and too many.
      #expect(try await bench.call(skill, "list", files: [("files", parts[1].1)]).value == "2")
      let many = await nodeError { try await bench.call(skill, "list", files: parts + parts) }
      #expect(many?.message == "/files: must have at most 3 items")
    }
  }
}
