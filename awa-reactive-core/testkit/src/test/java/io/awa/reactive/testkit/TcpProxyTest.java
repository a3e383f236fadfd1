package io.awa.reactive.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.testkit.TcpProxy.Direction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wire itself, between sockets. */
@Timeout(60)
class TcpProxyTest {

    private static final int SILENCE = 150;
    private static final int PATIENCE = 20_000;

    private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
    private ServerSocket listener;
    private TcpProxy proxy;

    @BeforeEach
    void open() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        proxy = TcpProxy.to("127.0.0.1", listener.getLocalPort());
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    accepted.add(listener.accept());
                }
            } catch (IOException e) {
                return;
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        listener.close();
    }

    @Test
    void passesBothWaysAndEndsInOrder() throws Exception {
        Pair pair = pair();
        pair.passes();
        pair.client.shutdownOutput();
        assertThat(pair.server.getInputStream().read()).isEqualTo(-1);
        pair.server.getOutputStream().write(7);
        assertThat(pair.client.getInputStream().read()).isEqualTo(7);
        pair.server.close();
        assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
        until(0);
    }

    @Test
    void aCutResetsAndRefusesUntilItIsHealed() throws Exception {
        Pair pair = pair();
        proxy.cut();
        assertThatThrownBy(() -> pair.client.getInputStream().read()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> pair.server.getInputStream().read()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> {
                    try (Socket refused = connect()) {
                        refused.getOutputStream().write(1);
                        assertThat(refused.getInputStream().read()).isEqualTo(-1);
                        throw new IOException("an orderly end");
                    }
                })
                .isInstanceOf(IOException.class);
        until(0);
        proxy.heal();
        pair().passes();
    }

    @Test
    void aResetLeavesTheDoorOpen() throws Exception {
        Pair pair = pair();
        proxy.reset();
        assertThatThrownBy(() -> pair.client.getInputStream().read()).isInstanceOf(IOException.class);
        pair().passes();
    }

    @Test
    void aStallHoldsBytesAndLosesNone() throws Exception {
        Pair pair = pair();
        proxy.stall();
        pair.client.getOutputStream().write(1);
        pair.server.getOutputStream().write(2);
        silent(pair.server);
        silent(pair.client);
        proxy.heal();
        assertThat(pair.server.getInputStream().read()).isEqualTo(1);
        assertThat(pair.client.getInputStream().read()).isEqualTo(2);
        pair.passes();
    }

    @Test
    void aStallOfOneDirectionLeavesTheOther() throws Exception {
        Pair pair = pair();
        proxy.stall(Direction.TO_CLIENT);
        pair.client.getOutputStream().write(1);
        assertThat(pair.server.getInputStream().read()).isEqualTo(1);
        pair.server.getOutputStream().write(2);
        silent(pair.client);
        proxy.heal();
        assertThat(pair.client.getInputStream().read()).isEqualTo(2);
        proxy.stall(Direction.TO_SERVER);
        pair.server.getOutputStream().write(3);
        assertThat(pair.client.getInputStream().read()).isEqualTo(3);
        pair.client.getOutputStream().write(4);
        silent(pair.server);
    }

    @Test
    void aStalledConnectionCanBeCut() throws Exception {
        Pair pair = pair();
        proxy.stall();
        pair.client.getOutputStream().write(1);
        proxy.cut();
        assertThatThrownBy(() -> pair.client.getInputStream().read()).isInstanceOf(IOException.class);
        until(0);
    }

    @Test
    void aDelayIsFelt() throws Exception {
        Pair pair = pair();
        proxy.delay(Duration.ofMillis(SILENCE));
        long before = System.nanoTime();
        pair.client.getOutputStream().write(1);
        assertThat(pair.server.getInputStream().read()).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(SILENCE));
    }

    @Test
    void aHalfOpenConnectionIsSilentToItsClient() throws Exception {
        Pair pair = pair();
        pair.passes();
        proxy.halfOpen();
        assertThatThrownBy(() -> pair.server.getInputStream().read()).isInstanceOf(IOException.class);
        pair.client.getOutputStream().write(1);
        silent(pair.client);
        proxy.heal();
        pair.client.getOutputStream().write(1);
        silent(pair.client);
        pair().passes();
        pair.client.close();
        until(1);
    }

    private Pair pair() throws Exception {
        Socket client = connect();
        Socket server = accepted.poll(PATIENCE, TimeUnit.MILLISECONDS);
        assertThat(server).as("a connection arrives").isNotNull();
        client.setSoTimeout(PATIENCE);
        server.setSoTimeout(PATIENCE);
        return new Pair(client, server);
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    }

    private static void silent(Socket socket) throws IOException {
        socket.setSoTimeout(SILENCE);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(PATIENCE);
    }

    private void until(int connections) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE);
        while (proxy.connections() != connections && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(proxy.connections()).isEqualTo(connections);
    }

    private record Pair(Socket client, Socket server) {

        void passes() throws IOException {
            client.getOutputStream().write(10);
            assertThat(server.getInputStream().read()).isEqualTo(10);
            server.getOutputStream().write(20);
            assertThat(client.getInputStream().read()).isEqualTo(20);
        }
    }
}
