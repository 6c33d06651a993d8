import AsyncHTTPClient
import NIOCore
import NIOPosix
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// What is concluded from a call whose answer did not come.
@Suite struct LostCallTests {
  @Test func aConnectionThatWasNotThereHasCarriedNothing() async throws {
    let trace = CallTrace()
    let folder = TemporaryFolder()
    // A port where nobody listens.
    let socket = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(socket.localAddress?.port)
    try await socket.close()
    let client = PinnedClient(
      PeerAddress(host: "127.0.0.1", port: port), expected: nil,
      credentials: try TLSCredentials(try IdentityFiles(directory: folder.path).loadOrCreate()),
      connectTimeout: .seconds(5))
    do {
      _ = try await client.execute(.post, "/v1/p2p/skill", timeout: .seconds(10))
      Issue.record("somebody answers")
    } catch {
      trace.noteFailure(error)
      #expect(!trace.isUnclear, "\(type(of: error)): \(error)")
    }
    await client.shutdown()
    trace.noteFailure(HTTPClientError.connectTimeout)
    #expect(!trace.isUnclear)
  }

  @Test(arguments: [HTTPClientError.remoteConnectionClosed, .deadlineExceeded, .readTimeout, .cancelled])
  func everythingElseIsUnclear(_ error: HTTPClientError) {
    let trace = CallTrace()
    trace.noteFailure(error)
    #expect(trace.isUnclear)
    // And stays so, whatever a later attempt meets.
    trace.noteFailure(HTTPClientError.connectTimeout)
    trace.noteAnswer()
    #expect(trace.isUnclear && trace.isAnswered)
  }
}
