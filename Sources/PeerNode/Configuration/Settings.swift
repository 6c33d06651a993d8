import Synchronization

/// The configuration in force, which a reload replaces while everything runs.
package final class Settings: Sendable {
  private let value: Mutex<Configuration>
  private let port = Mutex(0)

  package init(_ configuration: Configuration) { value = Mutex(configuration) }

  package var current: Configuration { value.withLock { $0 } }
  package func replace(with configuration: Configuration) { value.withLock { $0 = configuration } }

  package var name: String { current.name }

  /// Where the peer API really listens, which differs from the configuration when the socket was inherited or the
  /// port was 0; 0 when it does not listen.
  package var advertisedPort: Int {
    get { port.withLock { $0 } }
    set { port.withLock { $0 = newValue } }
  }
}
