package io.awa.reactive.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A wire between a client and a server that can be hurt: cut, stalled in one direction or both, slow, or half-open.
 *
 * <p>Bytes are never lost from a connection that lives on, as TCP has it: a stalled one goes on where it was. Safe on any
 * thread; the wires are threads of their own.
 */
public final class TcpProxy implements AutoCloseable {

    private static final int BUFFER = 64 * 1024;
    private static final int CONNECT_MILLIS = 5_000;

    private final InetSocketAddress target;
    private final ServerSocket door;
    private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition healed = lock.newCondition();
    private volatile boolean refusing;
    private volatile boolean stalledUp;
    private volatile boolean stalledDown;
    private volatile Duration latency = Duration.ZERO;

    /** Which way bytes go. */
    public enum Direction {
        /** From the client to the server. */
        TO_SERVER,
        /** From the server to the client. */
        TO_CLIENT
    }

    private TcpProxy(InetSocketAddress target, ServerSocket door) {
        this.target = target;
        this.door = door;
    }

    /**
     * Opens a door on a free port of the loopback address.
     *
     * @param host where connections lead
     * @param port and to which port
     * @return the proxy, all well
     */
    public static TcpProxy to(String host, int port) {
        try {
            ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            TcpProxy proxy = new TcpProxy(new InetSocketAddress(host, port), door);
            start("proxy " + door.getLocalPort(), proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where clients connect to, at 127.0.0.1. */
    public int port() {
        return door.getLocalPort();
    }

    /** How many connections are open, stalled and half-open ones included. */
    public int connections() {
        return wires.size();
    }

    /** All is well again: new connections are taken, held bytes flow. What is half-open stays so. */
    public void heal() {
        lock.lock();
        try {
            refusing = false;
            stalledUp = false;
            stalledDown = false;
            latency = Duration.ZERO;
            healed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Resets every connection and refuses new ones until {@link #heal()}. */
    public void cut() {
        refusing = true;
        reset();
    }

    /** Resets every connection; new ones are welcome. */
    public void reset() {
        wires.forEach(Wire::reset);
    }

    /** Holds bytes that go one way until {@link #heal()}. New connections are taken, and stall too. */
    public void stall(Direction direction) {
        if (direction == Direction.TO_SERVER) {
            stalledUp = true;
        } else {
            stalledDown = true;
        }
    }

    /** Holds all bytes until {@link #heal()}, as a black hole does. */
    public void stall() {
        stall(Direction.TO_SERVER);
        stall(Direction.TO_CLIENT);
    }

    /** Every piece that goes either way is that late until {@link #heal()}. */
    public void delay(Duration each) {
        latency = each;
    }

    /**
     * The server's ends of the connections of now are reset, and the clients' never hear of it: to them the other side is
     * silent for ever. New connections are welcome.
     */
    public void halfOpen() {
        wires.forEach(Wire::abandon);
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
        heal();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                if (refusing) {
                    reset(client);
                } else {
                    start("proxy connect", () -> connect(client));
                }
            } catch (IOException e) {
                // Closed, or a client that gave up at the door.
                continue;
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        try {
            server.connect(target, CONNECT_MILLIS);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            reset(client);
            return;
        }
        Wire wire = new Wire(client, server);
        wires.add(wire);
        start("proxy up", () -> wire.pump(client, server, Direction.TO_SERVER));
        start("proxy down", () -> wire.pump(server, client, Direction.TO_CLIENT));
        if (refusing) {
            wire.reset();
        }
    }

    private boolean isStalled(Direction direction) {
        return direction == Direction.TO_SERVER ? stalledUp : stalledDown;
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Closes with a reset instead of an orderly end. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It was closed already.
            return;
        }
    }

    private final class Wire {
        private final Socket client;
        private final Socket server;
        private volatile boolean abandoned;

        Wire(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Socket from, Socket to, Direction direction) {
            byte[] buffer = new byte[BUFFER];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    hold(direction);
                    if (abandoned) {
                        continue;
                    }
                    out.write(buffer, 0, n);
                }
                if (!abandoned) {
                    hold(direction);
                    to.shutdownOutput();
                }
            } catch (IOException e) {
                if (!abandoned) {
                    reset();
                }
            } finally {
                done(from);
            }
        }

        /** A reset, or an end at both sides, ends the wire. An abandoned one ends when its client does. */
        private void done(Socket from) {
            if (abandoned) {
                if (from == client) {
                    reset();
                }
            } else if (client.isClosed()
                    || server.isClosed()
                    || client.isOutputShutdown() && server.isOutputShutdown()) {
                reset();
            }
        }

        private void hold(Direction direction) {
            LockSupport.parkNanos(latency.toNanos());
            lock.lock();
            try {
                while (isStalled(direction) && !abandoned && !client.isClosed()) {
                    healed.awaitUninterruptibly();
                }
            } finally {
                lock.unlock();
            }
        }

        void abandon() {
            abandoned = true;
            TcpProxy.reset(server);
            wake();
        }

        void reset() {
            TcpProxy.reset(client);
            TcpProxy.reset(server);
            wires.remove(this);
            wake();
        }

        private void wake() {
            lock.lock();
            try {
                healed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
