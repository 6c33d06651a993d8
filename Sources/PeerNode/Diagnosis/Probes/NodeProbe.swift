import AsyncHTTPClient
import Glibc
import NIOCore
import PeerModel

/// Asks whoever answers at an address who it is, without asking it for approval.
struct NodeProbe: Sendable {
  let address: PeerAddress
  /// The certificate to show: a node may answer nobody without one.
  let credentials: TLSCredentials
  /// Seconds for each request.
  let timeout: Double

  private static let maximumReply = 64 << 10

  struct Report: Sendable {
    var answer: IdentificationChecks.Answer
    /// Why `/health` was not as it should be.
    var health: String?
    /// Of each round trip that worked.
    var milliseconds: [Double] = []
  }

  /// - Parameter roundTrips: how many times `/health` is asked.
  func run(roundTrips: Int) async -> Report {
    let client = PinnedClient(address, expected: nil, credentials: credentials, connectTimeout: amount)
    var report = await ask(client)
    if case .node = report.answer {
      for _ in 0..<roundTrips { await measure(client, &report) }
    }
    await client.shutdown()
    return report
  }

  private var amount: TimeAmount { .nanoseconds(Int64(timeout * 1e9)) }

  private func ask(_ client: PinnedClient) async -> Report {
    let started = Clock.preciseNow
    let json: JSONValue?
    var isSilent = false
    do {
      let response = try await client.execute(.get, "/v1/p2p/info", timeout: amount)
      let bytes = try await response.body.collect(upTo: Self.maximumReply)
      json = response.status == .ok ? try JSONParser.parse(bytes.readableBytesView) : nil
    } catch {
      json = nil
      isSilent = Self.isTimeout(error)
    }
    guard !isSilent else { return Report(answer: .silent) }
    guard let server = client.server else { return Report(answer: .noTLS) }
    guard let json, json["peer_id"] != nil else { return Report(answer: .noNode(server.key.id)) }
    let middle = (started + Clock.preciseNow) / 2
    let name = json["name"]?.stringValue.flatMap { try? PeerName.check($0) }
    return Report(
      answer: .node(
        server.key.id,
        IdentificationChecks.Info(
          name: name ?? server.key.id.short, version: json["version"]?.stringValue.map { String($0.prefix(32)) },
          protocolVersion: json["protocol"]?.stringValue.flatMap(ProtocolVersion.init),
          claimed: json["peer_id"]?.stringValue.map { String($0.prefix(64)) },
          clockOffset: json["time"]?.doubleValue.map { $0 - middle })))
  }

  private static func isTimeout(_ error: any Error) -> Bool {
    let timeouts: [HTTPClientError] = [.deadlineExceeded, .connectTimeout, .readTimeout, .tlsHandshakeTimeout]
    return (error as? HTTPClientError).map(timeouts.contains) ?? false
  }

  private func measure(_ client: PinnedClient, _ report: inout Report) async {
    let started = ContinuousClock.now
    do {
      let response = try await client.execute(.get, "/health", timeout: amount)
      let bytes = try await response.body.collect(upTo: Self.maximumReply)
      let status = try? JSONParser.parse(bytes.readableBytesView)["status"]?.stringValue
      guard response.status == .ok, status == "ok" else {
        report.health = "status \(response.status.code)"
        return
      }
      report.milliseconds.append((ContinuousClock.now - started).milliseconds)
    } catch let error where Self.isTimeout(error) {
      report.health = "nothing within \(SpanText.seconds(timeout))"
    } catch { report.health = "the connection broke" }
  }
}
