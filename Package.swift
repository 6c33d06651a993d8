// swift-tools-version:6.2
import PackageDescription

/// One place for the compiler settings of every target.
let daemonSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]
/// Not in the daemon: beside NIO's C modules the compiler takes the fields of `stat` and `sockaddr_in6` for theirs, and
/// asks for imports of modules that are not public.
let settings = daemonSettings + [.enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
  name: "rd",
  products: [
    .executable(name: "rd", targets: ["rd"]),
    .executable(name: "r", targets: ["r"]),
  ],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
  ],
  targets: [
    .target(name: "PeerModel", swiftSettings: settings),
    .target(name: "LocalAPI", dependencies: ["PeerModel"], swiftSettings: settings),
    .target(name: "MulticastDNS", swiftSettings: settings),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .target(
      name: "PeerNode",
      dependencies: [
        "PeerModel", "LocalAPI", "MulticastDNS", "CSystemd",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "HummingbirdHTTP2", package: "hummingbird"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOExtras", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "JWTKit", package: "jwt-kit"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Yams", package: "Yams"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["Documentation.docc"],
      swiftSettings: daemonSettings
    ),
    .executableTarget(
      name: "rd",
      dependencies: [
        "PeerNode", "PeerModel", "LocalAPI", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: daemonSettings),
    .executableTarget(
      name: "r", dependencies: ["LocalAPI", "PeerModel"], swiftSettings: settings,
      // A whole static program starts in a millisecond, as C does: no loader, no relocation of the standard library.
      linkerSettings: [.unsafeFlags(["-static-executable"], .when(configuration: .release))]),
    .testTarget(
      name: "CommandTests", dependencies: ["LocalAPI", "PeerModel"], exclude: ["Transcripts"],
      swiftSettings: settings),
    .testTarget(name: "MulticastDNSTests", dependencies: ["MulticastDNS"], swiftSettings: settings),
    .executableTarget(
      name: "mdns-probe", dependencies: ["MulticastDNS"], path: "Tests/Lab/mdns-probe", swiftSettings: settings),
    .executableTarget(
      name: "peer-fuzz",
      dependencies: [
        "PeerNode", "PeerModel", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
      ],
      path: "Tests/Fuzz",
      exclude: ["dns", "json", "rpc", "run.sh", "firstbyte/corpus", "handshake/corpus", "mcp/corpus"],
      sources: [
        "firstbyte/FirstByteFuzz.swift", "firstbyte/PeerFuzz.swift", "handshake/HandshakeFuzz.swift",
        "mcp/MCPFuzz.swift",
      ],
      swiftSettings: daemonSettings),
    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: settings),
    .testTarget(name: "PeerModelTests", dependencies: ["PeerModel", "SeededRandom"], swiftSettings: settings),
    .testTarget(
      name: "LocalAPITests", dependencies: ["LocalAPI", "PeerModel", "SeededRandom"], swiftSettings: settings),
    .target(
      name: "PeerTestSupport",
      dependencies: [
        "PeerNode", "PeerModel", "LocalAPI", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/PeerTestSupport", swiftSettings: daemonSettings),
    .testTarget(
      name: "PeerNodeTests",
      dependencies: [
        "PeerNode", "PeerModel", "LocalAPI", "PeerTestSupport", "SeededRandom",
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "JWTKit", package: "jwt-kit"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: daemonSettings),
  ]
)
