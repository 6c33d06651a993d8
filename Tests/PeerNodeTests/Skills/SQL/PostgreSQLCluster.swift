import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// A PostgreSQL server of its own in a temporary folder, at a Unix socket only, whose logins need passwords.
struct PostgreSQLCluster {
  let folder: String
  /// Of the roles `owner`, which may do everything, and `reader`, which may look.
  let password = "se'cret \\ ü"

  static let isInstalled = programs != nil && PeerNodeTests.isInstalled("psql")

  /// The folder of the server's programs, of the newest version.
  private static var programs: String? {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob("/usr/lib/postgresql/*/bin/initdb", 0, nil, &found) == 0 else { return nil }
    let paths = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    return paths.sorted(by: NaturalOrder.areInOrder).last.map { String($0.dropLast("/initdb".count)) }
  }

  /// Runs `body` beside a server that is gone afterwards.
  static func run(_ body: (PostgreSQLCluster) async throws -> Void) async throws {
    let folder = TemporaryFolder()
    let cluster = PostgreSQLCluster(folder: folder.path)
    try cluster.start()
    defer { _ = try? cluster.shell("pg_ctl -D data -m immediate -w stop") }
    try await body(cluster)
  }

  private func start() throws {
    // The server refuses to run as root.
    if geteuid() == 0 { chown(folder, 65_534, 65_534) }
    try TextFile.write(password, to: folder + "/password")
    chmod(folder + "/password", 0o644)
    let made = try shell(
      "initdb -D data -A scram-sha-256 -U owner --pwfile=password -E UTF8 --locale=C.UTF-8 --no-sync && pg_ctl -D data "
        + "-l log -w -o \"-c listen_addresses= -c unix_socket_directories=$PWD -c fsync=off\" start && echo STARTED")
    try #require(made.contains("STARTED"), "\(made)")
  }

  /// Runs a shell command as the server's user in the folder.
  private func shell(_ command: String) throws -> String {
    let user = geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : ""
    let script = "cd \(folder) && PATH=\(Self.programs ?? ""):$PATH && { \(command); } </dev/null 2>&1"
    return String(decoding: try printed(by: "\(user)sh -c '\(script.replacing("'", with: "'\\''"))'"), as: UTF8.self)
  }

  /// Runs a script as the owner, through psql and nothing of ours.
  @discardableResult func psql(_ script: String) throws -> String {
    try TextFile.write(script, to: folder + "/script.sql")
    chmod(folder + "/script.sql", 0o644)
    return try shell(
      "PGPASSWORD=$(cat password) psql -X -q -A -t -v ON_ERROR_STOP=1 -h $PWD -U owner -f script.sql postgres")
  }

  /// The skill with this database as `sales`.
  func skill(as user: String = "owner", _ change: (inout Configuration.Database) -> Void = { _ in }) -> SQLSkill {
    var database = Configuration.Database()
    database.url = "postgresql://\(user)@/postgres?host=\(folder)"
    database.passwordFile = folder + "/password"
    change(&database)
    var configuration = Configuration(name: "node")
    configuration.sql.databases["sales"] = database
    return SQLSkill(settings: Settings(configuration))
  }
}

/// Small text files for tests.
enum TextFile {
  static func write(_ text: String, to path: String) throws {
    let stream = try #require(fopen(path, "w"), "\(path)")
    fputs(text, stream)
    #expect(fclose(stream) == 0)
  }
}
