import Glibc
import MulticastDNS
import NIOCore
import NIOPosix
import PeerModel

/// Tries a TCP connection and tells apart why there is none.
enum ConnectionProbe {
  /// A port on which nothing listens on any sane machine (tcpmux, RFC 1078): the machine's refusal proves that it is on.
  static let closedPort = 1

  /// - Parameter timeout: seconds.
  static func connect(_ address: PeerAddress, timeout: Double) async -> AddressChecks.Outcome {
    let started = ContinuousClock.now
    do {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(.nanoseconds(Int64(timeout * 1e9)))
        .connect(host: address.host, port: address.port).get()
      let taken = ContinuousClock.now - started
      try? await channel.close()
      return .connected(milliseconds: taken.milliseconds)
    } catch { return outcome(of: error) }
  }

  /// What else can be learnt of a machine whose port is silent.
  static func evidence(_ host: String, isNear: Bool, timeout: Double) async -> AddressChecks.Evidence {
    let other = await connect(PeerAddress(host: host, port: closedPort), timeout: min(timeout, 1))
    var evidence = AddressChecks.Evidence(isNear: isNear)
    switch other {
    case .connected, .refused: evidence.otherPortAnswers = true
    case .timedOut, .unreachable, .noRoute, .unknownName, .failed: break
    }
    if isNear { evidence.neighbor = Neighbor.of(host) }
    return evidence
  }

  private static func outcome(of error: any Error) -> AddressChecks.Outcome {
    switch error {
    case let error as NIOConnectionError:
      // An address of a name that answers counts before one that does not.
      let outcomes = error.connectionErrors.map { outcome(of: $0.error) }
      if outcomes.isEmpty { return .unknownName }
      return outcomes.first { $0 == .refused } ?? outcomes[0]
    case ChannelError.connectTimeout: return .timedOut
    case let error as IOError:
      switch error.errnoCode {
      case ECONNREFUSED: return .refused
      case ETIMEDOUT: return .timedOut
      case EHOSTUNREACH, EHOSTDOWN: return .unreachable
      case ENETUNREACH, EADDRNOTAVAIL: return .noRoute
      default: return .failed(String(cString: strerror(error.errnoCode)))
      }
    default: return .failed("\(error)".prefix(80).description)
    }
  }
}
