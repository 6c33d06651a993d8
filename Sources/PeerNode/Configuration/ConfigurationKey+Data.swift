extension ConfigurationKey {
  /// The keys below `sql.databases`.
  static let databases = NamedSections(
    what: "databases by name", rule: .dataName, most: 64, needed: "url",
    keys: { name in
      let path = "sql.databases.\(name)"
      return [
        ConfigurationKey(
          "\(path).url", .text(\.sql[name].url, .database), since: "0.2.0",
          "Where the database is: `sqlite:/path/file.db`, or `postgresql://user@host/name` as libpq takes it, without a "
            + "password."),
        ConfigurationKey(
          "\(path).write", .flag(\.sql[name].write), since: "0.2.0",
          "Let callers change what is in it, with `sql.execute`. Every peer that may use skills is such a caller."),
        ConfigurationKey(
          "\(path).password_env", .text(\.sql[name].passwordEnv, .variable),
          since: "0.2.0", "The environment variable of `rd` that has the password."),
        ConfigurationKey(
          "\(path).password_file",
          .text(\.sql[name].passwordFile, .optionalFile), since: "0.2.0",
          "A file that has the password in its first line."),
        ConfigurationKey(
          "\(path).pgpass", .text(\.sql[name].pgpass, .optionalFile),
          since: "0.2.0", "A file of passwords as PostgreSQL's own clients read it (`~/.pgpass`)."),
        ConfigurationKey(
          "\(path).timeout", .duration(\.sql[name].timeout, 1...3600),
          since: "0.2.0", "How long one statement may run."),
        ConfigurationKey(
          "\(path).rows",
          .integer(\.sql[name].rows, 1...100_000, what: "a number of rows"),
          since: "0.2.0", "The most rows that a caller may ask for."),
      ]
    }, names: { Array($0.sql.databases.keys) })

  /// The keys below `fs.roots`.
  static let roots = NamedSections(
    what: "folders by name", rule: .dataName, most: 64, needed: "path",
    keys: { name in
      let path = "fs.roots.\(name)"
      return [
        ConfigurationKey(
          "\(path).path", .text(\.fs[name].path, .folder), since: "0.2.0",
          "The folder. What lies outside of it, and what `rd` keeps for itself, cannot be reached through it."),
        ConfigurationKey(
          "\(path).write", .flag(\.fs[name].write), since: "0.2.0",
          "Let callers change what is in it. Every peer that may use skills is such a caller."),
      ]
    }, names: { Array($0.fs.roots.keys) })
}
