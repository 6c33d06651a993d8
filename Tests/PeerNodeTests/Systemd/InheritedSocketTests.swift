import Glibc
import PeerModel
import Testing

@testable import PeerNode

@Suite struct InheritedSocketTests {
  @Test func aListeningUnixSocketIsTheLocalOne() throws {
    let folder = TestSockets.folder()
    let descriptor = TestSockets.unix(SOCK_STREAM, path: folder + "/s")
    defer {
      close(descriptor)
      unlink(folder + "/s")
      rmdir(folder)
    }
    #expect(
      message(descriptor, "local")
        == "the socket named local that systemd handed over is not a listening Unix stream socket")
    try #require(listen(descriptor, 1) == 0)
    #expect(
      try InheritedSockets.socket(descriptor, named: "local")
        == InheritedSocket(descriptor: descriptor, purpose: .local))
    #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    #expect(
      message(descriptor, "peer") == "the socket named peer that systemd handed over is not a listening TCP socket")
  }

  @Test(arguments: [AF_INET, AF_INET6])
  func aListeningTCPSocketIsThePeerPort(_ family: CInt) throws {
    let descriptor = TestSockets.tcp(family)
    defer { close(descriptor) }
    try #require(listen(descriptor, 1) == 0)
    #expect(
      try InheritedSockets.socket(descriptor, named: "peer") == InheritedSocket(descriptor: descriptor, purpose: .peer))
    #expect(message(descriptor, "local") != nil)
  }

  @Test(arguments: ["rd.socket", "unknown", ""])
  func otherNamesAreRefused(_ name: String) {
    #expect(message(0, name) == "systemd handed over a socket named \(name), which rd has no use for")
  }

  @Test func aFileIsNoSocket() {
    #expect(message(-1, "peer") == "the socket named peer that systemd handed over is not a listening TCP socket")
  }

  @Test func nothingIsTakenWhenNothingWasHandedOver() async {
    await #expect(processExitsWith: .success) {
      unsetenv("LISTEN_FDS")
      let sockets = try InheritedSockets.take()
      #expect(sockets.isEmpty)
    }
  }

  /// What a parent was handed is not ours, and is not passed on either. That descriptors are taken over from 3 on is
  /// tested with the built daemon under systemd-socket-activate: in this process, 3 belongs to the test runner.
  @Test func whatBelongsToAnotherProcessIsLeftAloneAndForgotten() async {
    await #expect(processExitsWith: .success) {
      setenv("LISTEN_PID", "1", 1)
      setenv("LISTEN_FDS", "1", 1)
      setenv("LISTEN_FDNAMES", "peer", 1)
      let sockets = try InheritedSockets.take()
      #expect(sockets.isEmpty)
      #expect(getenv("LISTEN_PID") == nil && getenv("LISTEN_FDS") == nil && getenv("LISTEN_FDNAMES") == nil)
    }
  }

  private func message(_ descriptor: CInt, _ name: String) -> String? {
    do {
      _ = try InheritedSockets.socket(descriptor, named: name)
      return nil
    } catch {
      return error.message
    }
  }
}
