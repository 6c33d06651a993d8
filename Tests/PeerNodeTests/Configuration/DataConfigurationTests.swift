import PeerModel
import Testing

@testable import PeerNode

/// The sections whose keys are names: databases and folders.
@Suite struct DataConfigurationTests {
  @Test func databasesAndFoldersAreRead() throws {
    let text = """
      sql:
        databases:
          sales:
            url: postgresql://rd@db.internal:5433/sales?sslmode=verify-full
            password_file: /etc/r-cli/sales.password
            timeout: 2m
            rows: 50
          notes: {url: "sqlite:/srv/notes.db", write: true}
      fs:
        roots:
          docs: {path: /srv/docs}
          inbox: {path: /srv/inbox, write: true}
      """
    let configuration = try Configuration.parse(text: text, file: "c.yaml")
    var sales = Configuration.Database()
    sales.url = "postgresql://rd@db.internal:5433/sales?sslmode=verify-full"
    sales.passwordFile = "/etc/r-cli/sales.password"
    sales.timeout = .seconds(120)
    sales.rows = 50
    #expect(configuration.sql.databases["sales"] == sales)
    #expect(configuration.sql.databases["notes"]?.sqlitePath == "/srv/notes.db")
    #expect(configuration.sql.databases["notes"]?.write == true)
    #expect(configuration.fs.roots["docs"] == Configuration.Root(path: "/srv/docs"))
    #expect(configuration.fs.roots["inbox"] == Configuration.Root(path: "/srv/inbox", write: true))
    #expect(configuration.changes(from: Configuration(name: configuration.name)).live == ["sql.databases", "fs.roots"])
    #expect(configuration.json["fs"]?["roots"]?["docs"] == ["path": "/srv/docs", "write": false])
    #expect(try Configuration.parse(text: "sql:\nfs: {roots: }", file: "c.yaml").fs.roots == [:])
  }

  static let faults: [FaultyFile] = [
    FaultyFile(
      "fs:\n  roots: [/srv]", "c.yaml:2: fs.roots: expected folders by name, got a list",
      hint: "write NAME: and below it path: …"),
    FaultyFile(
      "fs:\n  roots:\n    docs: /srv",
      "c.yaml:3: fs.roots.docs: expected keys with their values, got the text \"/srv\"",
      hint: "write path: …"),
    FaultyFile(
      "fs:\n  roots:\n    docs: {write: true}", "c.yaml:3: fs.roots.docs: path is missing", hint: "write path: …"),
    FaultyFile(
      "fs:\n  roots:\n    docs:\n      path: srv", "c.yaml:4: fs.roots.docs.path: \"srv\" is not an absolute path",
      hint: "write the whole path, such as /srv/skills.d"),
    FaultyFile(
      "fs:\n  roots:\n    docs:\n      path: /srv\n      writes: true",
      "c.yaml:5: fs.roots.docs.writes: unknown key, did you mean write?"),
    FaultyFile(
      "fs:\n  roots:\n    my docs: {path: /srv}",
      "c.yaml:3: fs.roots: \"my docs\" is no name: letters, digits, - and _, at most 64",
      hint: "a name has letters, digits, - and _, such as sales"),
    FaultyFile(
      "fs:\n  roots:\n    docs: {path: /srv, write: 1}",
      "c.yaml:3: fs.roots.docs.write: expected true or false, got the number 1", hint: "write true or false"),
    FaultyFile(
      "sql:\n  databases:\n    a: {url: \"postgresql://u:secret@h/d\"}",
      "c.yaml:3: sql.databases.a.url: the text has a password in it: use password_file, password_env "
        + "or pgpass", hint: "write sqlite:/path/file.db or postgresql://user@host/name"),
    FaultyFile(
      "sql:\n  databases:\n    a: {url: \"mysql://h/d\"}",
      "c.yaml:3: sql.databases.a.url: the text is no database's URL",
      hint: "write sqlite:/path/file.db or postgresql://user@host/name"),
    FaultyFile(
      "sql:\n  databases:\n    a: {url: \"sqlite:file.db\"}",
      "c.yaml:3: sql.databases.a.url: the text is no sqlite:/absolute/path",
      hint: "write sqlite:/path/file.db or postgresql://user@host/name"),
    FaultyFile(
      "sql:\n  databases:\n    a: {url: \"sqlite:/f\", timeout: 2h}",
      "c.yaml:3: sql.databases.a.timeout: expected a time from 1s to 1h, got the text \"2h\"",
      hint: "write seconds, or a number with s, m, h or d"),
    FaultyFile(
      "sql:\n  databases:\n    a: {url: \"sqlite:/f\", rows: 0}",
      "c.yaml:3: sql.databases.a.rows: expected a number of rows from 1 to 100000, got the number 0"),
    FaultyFile(
      "sql:\n  databases:\n    a: {url: \"sqlite:/f\", password_env: 1x}",
      "c.yaml:3: sql.databases.a.password_env: \"1x\" is no name of a variable: the key itself does "
        + "not belong here",
      hint: "such as OPENAI_API_KEY"),
  ]

  @Test(arguments: faults) func faultsAreToldWithTheirLine(_ faulty: FaultyFile) {
    let error = #expect(throws: NodeError.self) { try Configuration.parse(text: faulty.text, file: "c.yaml") }
    #expect(error?.message == faulty.message)
    #expect(error?.hint == faulty.hint)
  }
}
