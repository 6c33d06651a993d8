import Glibc
import PeerModel
import Testing

@testable import PeerNode

@Suite struct SpoolTests {
  @Test func fileGivesBackWhatWasWritten() async throws {
    try await SkillBench.run { bench in
      let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
      let writer = try bench.workspace.makeWriter(name: "report.bin", mediaType: "application/pdf", limit: 1 << 20)
      try writer.write(bytes[..<300_001])
      try writer.write(bytes[300_001...].lazy.map { $0 })
      let file = try writer.finish()
      #expect(file.name == "report.bin" && file.mediaType == "application/pdf" && file.size == 700_000)
      #expect(try file.contents(limit: 700_000) == bytes)
      #expect(try file.read(at: 699_998, count: 10) == Array(bytes.suffix(2)))
      #expect(try file.read(at: 700_000).isEmpty)
      #expect(try file.read(at: 900_000).isEmpty)
      #expect(try file.read(at: 0, count: 1 << 30).count == SpooledFile.chunkBytes)
      #expect(throws: NodeError.self) { try file.contents(limit: 699_999) }
    }
  }

  @Test func fileHasNoName() async throws {
    try await SkillBench.run { bench in
      let file = try bench.file("secret".utf8)
      #expect(bench.entries == [])
      #expect(file.size == 6)
    }
  }

  @Test func fileSystemWithoutNamelessFilesWorksToo() async throws {
    try await SkillBench.run { bench in
      let descriptor = try bench.workspace.openUnlinked()
      #expect(bench.entries == [])
      let writer = SpoolWriter(name: "x", mediaType: nil, limit: 10, descriptor: descriptor)
      try writer.write("hello".utf8)
      #expect(try writer.finish().contents(limit: 10) == Array("hello".utf8))
    }
  }

  @Test func writerStopsAtItsLimit() async throws {
    try await SkillBench.run { bench in
      let writer = try bench.workspace.makeWriter(name: "x", limit: 10)
      try writer.write([UInt8](repeating: 1, count: 10))
      let error = #expect(throws: NodeError.self) { try writer.write([2]) }
      #expect(error?.code == .tooLarge)
      #expect(writer.count == 10)
      #expect(try writer.finish().size == 10)
      #expect(throws: NodeError.self) { try writer.write([]) }
      #expect(throws: NodeError.self) { try writer.finish() }
    }
  }

  @Test func fullDiskIsNamed() throws {
    let full = open("/dev/full", O_RDWR | O_CLOEXEC)
    let writer = SpoolWriter(name: "x", mediaType: nil, limit: 10, descriptor: OwnedDescriptor(owning: full))
    let error = #expect(throws: NodeError.self) { try writer.write([1]) }
    #expect(error?.code == .storageFull)
  }

  @Test func labelChangesAndBytesStay() async throws {
    try await SkillBench.run { bench in
      let file = try bench.file("abc".utf8, name: "a").labelled(name: "b.txt", mediaType: "text/plain")
      #expect(file.name == "b.txt" && file.mediaType == "text/plain")
      #expect(try file.contents(limit: 3) == Array("abc".utf8))
    }
  }

  @Test func finishedFileCannotBeWritten() async throws {
    try await SkillBench.run { bench in
      let descriptor = try bench.file("abc".utf8).openForReading()
      #expect(Glibc.write(descriptor.rawValue, "x", 1) == -1)
      #expect(errno == EBADF)
    }
  }

  @Test func startRemovesLeftoversAndNothingElse() throws {
    let bench = try SkillBench()
    let directory = bench.workspace.directory
    defer { FolderRemoval.remove(directory) }
    #expect(mkdir("\(directory)/rd-spool-old", 0o700) == 0)
    #expect(mkdir("\(directory)/rd-spool-old/locked", 0o000) == 0)
    #expect(symlink("/etc", "\(directory)/rd-spool-old/link") == 0)
    #expect(mkdir("\(directory)/precious", 0o700) == 0)
    _ = try Workspace(directory: directory)
    #expect(bench.entries == ["precious"])
    #expect(access("/etc/passwd", R_OK) == 0)
  }

  @Test func workspaceIsClosedToOthers() throws {
    let bench = try SkillBench()
    defer { FolderRemoval.remove(bench.workspace.directory) }
    #expect(chmod(bench.workspace.directory, 0o777) == 0)
    _ = try Workspace(directory: bench.workspace.directory)
    var status = stat()
    #expect(stat(bench.workspace.directory, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
  }

  @Test(arguments: ["/proc/nowhere", "/dev/null", "/nonexistent/x"])
  func unusableFolderIsRefused(_ path: String) {
    let error = #expect(throws: NodeError.self) { try Workspace(directory: path) }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("/") == false)
  }
}
