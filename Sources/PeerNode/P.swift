package enum PeerNodePlaceholder {}
