import Glibc
import PeerModel
import Testing

@testable import PeerNode

@Suite struct CommandSkillTests {
  @Test func missingProgramIsSaidWithItsPackage() async throws {
    let tool = CommandTool(
      ToolDescription(name: "run", summary: "Runs.", arguments: .object([:])),
      steps: [CommandStep(Program(name: "no-such-program", package: "no-such-package"), literals())], output: .text)
    let skill = CommandSkill(name: "none", summary: "Nothing.", tools: [tool])
    #expect(
      await skill.description().unavailable == "no-such-program is not installed; apt-get install no-such-package")
    try await SkillBench.run { bench in
      let error = await nodeError { try await bench.call(skill, "run") }
      #expect(
        error
          == NodeError(
            .skillUnavailable, "no-such-program is not installed", hint: "apt-get install no-such-package"))
    }
  }

  @Test func environmentIsClean() async throws {
    setenv("RD_TEST_SECRET", "secret", 1)
    try await SkillBench.run { bench in
      let output = try await bench.call(shellSkill("exec env"), "run").value.stringValue ?? ""
      let lines = output.split(separator: "\n").map(String.init).sorted()
      // dash adds PWD.
      let names = lines.map { $0.prefix { $0 != "=" } }.filter { $0 != "PWD" }
      #expect(names == ["HOME", "LANG", "PATH", "TMPDIR"])
      #expect(lines.contains("HOME=/nonexistent") && lines.contains("LANG=C.UTF-8"))
      #expect(lines.contains("PATH=/usr/local/bin:/usr/bin:/bin"))
      let folder = lines.first { $0.hasPrefix("TMPDIR=") }?.dropFirst(7) ?? ""
      #expect(folder.hasPrefix(bench.workspace.directory + "/"))
    }
  }

  @Test func temporaryFilesOfTheProgramGoAway() async throws {
    try await SkillBench.run { bench in
      let script = "mkdir -p a/b; touch a/b/c \"$TMPDIR/d\"; ln -s /etc a/e; pwd"
      let folder = try await bench.call(shellSkill(script), "run").value.stringValue ?? ""
      #expect(folder.hasPrefix(bench.workspace.directory + "/"))
      #expect(access("/etc/passwd", R_OK) == 0)
    }
  }

  @Test func foldersOfAnyDepthGoAway() async throws {
    try await SkillBench.run { bench in
      let script = "n=0; while [ $n -lt 700 ]; do mkdir d e; touch e/f; cd d; n=$((n+1)); done; chmod 0 .; echo done"
      let error = await nodeError { try await bench.call(shellSkill(script), "run") }
      #expect(error == NodeError(.tooLarge, "the tool nested folders deeper than 60 levels"))
      #expect(bench.entries == [])
    }
  }

  @Test func noDescriptorLeaksIntoTheProgram() async throws {
    // Open across exec on purpose.
    let leak = open("/etc/passwd", O_RDONLY)
    defer { close(leak) }
    try await SkillBench.run { bench in
      let output = try await bench.call(shellSkill("exec ls /proc/self/fd"), "run", file: try bench.file("x".utf8))
      // The last one is the folder that ls reads.
      #expect(output.value == "0\n1\n2\n3\n")
    }
  }

  @Test func programReadsTheFileFromTheStartEachTime() async throws {
    try await SkillBench.run { bench in
      let file = try bench.file("hello".utf8)
      for _ in 0..<2 {
        #expect(try await bench.call(shellSkill("cat; cat /dev/stdin"), "run", file: file).value == "hellohello")
      }
      #expect(try await bench.call(shellSkill("cat; echo end"), "run").value == "end\n")
    }
  }

  @Test func programRunsInASessionOfItsOwn() async throws {
    try await SkillBench.run { bench in
      let output = try await bench.call(shellSkill("read -r line < /proc/$$/stat; echo \"$line\""), "run").value
      let fields = (output.stringValue ?? "").split(separator: " ")
      #expect(fields.count > 6 && fields[0] == fields[4] && fields[0] == fields[5])
    }
  }

  @Test func limitsAreSet() async throws {
    try await SkillBench.run { bench in
      let limits = CommandLimits(memoryBytes: 512 << 20, processorSeconds: 7, diskBytes: 1 << 20, openFiles: 50)
      let script = "ulimit -v; ulimit -t; ulimit -f; ulimit -n; ulimit -c"
      let output = try await bench.call(shellSkill(script, limits: limits), "run").value
      #expect(output == "524288\n7\n2048\n50\n0\n")
      let big = shellSkill("exec dd if=/dev/zero of=big bs=1024 count=2000 2>/dev/null", limits: limits)
      #expect(await nodeError { try await bench.call(big, "run") }?.code == .tooLarge)
    }
  }

  @Test func timeoutEndsTheWholeGroup() async throws {
    let seconds = uniqueSeconds()
    try await SkillBench.run { bench in
      let skill = shellSkill("sleep \(seconds) & sleep \(seconds) & echo started; wait")
      let error = await nodeError { try await bench.call(skill, "run", timeout: .milliseconds(300)) }
      #expect(error?.code == .timedOut)
      try await expectNoSurvivor(seconds)
    }
  }

  @Test func stubbornGroupIsKilled() async throws {
    let seconds = uniqueSeconds()
    try await SkillBench.run { bench in
      // The leader ends at SIGTERM, its child ignores it.
      let skill = shellSkill("(trap '' TERM; sleep \(seconds); sleep \(seconds)) & sleep \(seconds)")
      let error = await nodeError { try await bench.call(skill, "run", timeout: .milliseconds(300)) }
      #expect(error?.code == .timedOut)
      try await expectNoSurvivor(seconds)
      let leader = shellSkill("trap '' TERM; while :; do sleep \(seconds); done")
      #expect(await nodeError { try await bench.call(leader, "run", timeout: .milliseconds(300)) }?.code == .timedOut)
      try await expectNoSurvivor(seconds)
    }
  }

  @Test func cancellingEndsTheWholeGroup() async throws {
    let seconds = uniqueSeconds()
    try await SkillBench.run { bench in
      let task = Task { try await bench.call(shellSkill("sleep \(seconds) & sleep \(seconds)"), "run") }
      while !isSleeping(seconds) { try await Task.sleep(for: .milliseconds(5)) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      try await expectNoSurvivor(seconds)
    }
  }

  @Test func childrenThatOutliveTheProgramAreEnded() async throws {
    let seconds = uniqueSeconds()
    try await SkillBench.run { bench in
      let output = try await bench.call(shellSkill("sleep \(seconds) & echo done"), "run").value
      #expect(output == "done\n")
      try await expectNoSurvivor(seconds)
    }
  }

  @Test func programThatClosesItsOutputMayFinish() async throws {
    try await SkillBench.run { bench in
      let error = await nodeError { try await bench.call(shellSkill("exec >&- 2>&-; sleep 0.1; exit 7"), "run") }
      #expect(error == NodeError(.skillFailed, "sh: ended with status 7"))
    }
  }

  @Test func endlessOutputIsCutOff() async throws {
    try await SkillBench.run { bench in
      let error = await nodeError {
        try await bench.call(shellSkill("yes", limits: CommandLimits(outputBytes: 1 << 20)), "run")
      }
      #expect(error == NodeError(.tooLarge, "run.txt is larger than the limit of 1048576 bytes"))
      let flood = await nodeError {
        try await bench.call(shellSkill("head -c 3000000 /dev/zero >&2; exit 1"), "run")
      }
      #expect(flood?.code == .skillFailed && (flood?.message.count ?? 0) < 400)
    }
  }

  @Test func longOrForeignOutputIsAFile() async throws {
    try await SkillBench.run { bench in
      let exact = try await bench.call(shellSkill("head -c 1048576 /dev/zero | tr '\\0' x"), "run")
      #expect(exact.value.stringValue?.utf8.count == 1 << 20 && exact.files.isEmpty)
      let input = try bench.file([], name: "report.final.pdf")
      let long = try await bench.call(shellSkill("head -c 5000000 /dev/zero | tr '\\0' x"), "run", file: input)
      #expect(
        long.value == [
          "name": "report.final.txt", "$stream": 1, "size": 5_000_000, "media_type": "text/plain; charset=utf-8",
        ])
      #expect(long.files.map(\.size) == [5_000_000])
      let latin = try await bench.call(shellSkill("printf '\\351'"), "run")
      #expect(try latin.files.first?.contents(limit: 1) == [0xE9])
      // A control character takes six bytes in JSON.
      let controls = try await bench.call(
        shellSkill("head -c 200 /dev/zero"), "run", limits: SkillLimits(resultBytes: 1000))
      #expect(controls.files.map(\.size) == [200])
    }
  }

  @Test func signalIsNamed() async throws {
    try await SkillBench.run { bench in
      let error = await nodeError { try await bench.call(shellSkill("kill -SEGV $$"), "run") }
      #expect(error?.code == .skillFailed && error?.message == "sh was ended by signal 11")
      let processor = await nodeError {
        try await bench.call(shellSkill("while :; do :; done", limits: CommandLimits(processorSeconds: 1)), "run")
      }
      #expect(processor?.code == .timedOut)
    }
  }
}
