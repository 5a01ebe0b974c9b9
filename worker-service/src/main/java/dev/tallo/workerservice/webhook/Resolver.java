package dev.tallo.workerservice.webhook;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of a host; blocks. */
interface Resolver {

  /** As the machine is set up: DNS, its hosts file. */
  Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

  /**
   * All addresses of a host, at least one.
   *
   * @throws UnknownHostException if there is none, or they cannot be had now
   */
  List<InetAddress> resolve(String host) throws UnknownHostException;
}
