import Foundation
import Testing

/// `r serve`, and how the program is built.
struct ServeTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private static let daemon = Data("#!/bin/sh\necho \"$0\" \"$@\"\n".utf8)

  /// Copies `r` to a folder of its own, so that its neighbour is the test's.
  private func copy() throws {
    #expect(try sandbox.run("mkdir bin path && cp $(command -v r) bin/").status == 0)
    try sandbox.write(Self.daemon, to: "path/rd")
    _ = try sandbox.run("chmod +x path/rd")
  }

  @Test("The neighbour is preferred, then PATH, with every option passed on")
  func executes() throws {
    try copy()
    let command = "PATH=$PWD/path:$PATH bin/r --socket /x serve --host 0.0.0.0 --port 8765 --anything"
    let folder = sandbox.folder.path
    #expect(try sandbox.run(command).output == "\(folder)/path/rd --socket /x --host 0.0.0.0 --port 8765 --anything\n")
    let outcome = try sandbox.run("cp path/rd bin/rd; " + command)
    #expect(outcome.output == "\(folder)/bin/rd --socket /x --host 0.0.0.0 --port 8765 --anything\n")
  }

  @Test("No daemon anywhere")
  func missing() throws {
    try copy()
    let outcome = try sandbox.run("PATH=/nonexistent bin/r serve")
    #expect(outcome.status == 69)
    #expect(outcome.errors == "r: cannot start rd: No such file or directory\nr: hint: command -v rd\n")
  }

  @Test("The client stays light: no Foundation, none of the daemon's packages")
  func isLight() throws {
    let program = try Data(contentsOf: Sandbox.programs.appending(path: "r"), options: .alwaysMapped)
    for name in ["libFoundation", "_NSGetEnviron", "NIOCore", "Hummingbird", "ArgumentParser"] {
      #expect(program.range(of: Data(name.utf8)) == nil, "\(name)")
    }
  }
}
