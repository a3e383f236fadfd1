package io.awa.reactive.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server of our own on the loopback address: its programs are unpacked below the temporary directory, its data lives
 * in a folder that is deleted at the end unless the caller named one.
 *
 * <p>It is started through {@code pg_ctl}, which puts it into a session of its own: an interrupt typed in the terminal
 * reaches the program under test and not its database.
 */
final class EmbeddedServer implements Server {

    static final Path HOME =
            Path.of(System.getProperty("java.io.tmpdir"), "awa-postgres-" + System.getProperty("user.name", "unknown"));

    private static final String OWNER_FILE = "owner";

    /** Folders of this process: to open and close an owner file here would give up the lock on it, as POSIX has it. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private static final String DATA_FOLDER = "data";
    private static final long COMMAND_SECONDS = 120;

    private final Path programs;
    private final ServerUser user;
    private final Path data;
    private final Path log;
    private final int port;
    private final Map<String, String> settings;
    private final @Nullable Path disposable;
    private final @Nullable FileChannel owner;
    private boolean closed;

    private EmbeddedServer(AwaPostgres.Options options) throws IOException {
        programs = options.binaries().unpackInto(HOME.resolve("programs")).resolve("bin");
        user = ServerUser.detect();
        port = options.port() == 0 ? freePort() : options.port();
        settings = new TreeMap<>(options.settings());
        Path given = options.dataDirectory();
        if (given == null) {
            Path servers = Files.createDirectories(HOME.resolve("servers"));
            sweep(servers);
            Owned owned = Owned.in(servers);
            disposable = owned.folder;
            owner = owned.lock;
            Trees.openToAll(disposable);
            data = disposable.resolve(DATA_FOLDER);
        } else {
            disposable = null;
            owner = null;
            data = given.toAbsolutePath();
        }
        log = data.resolveSibling(data.getFileName() + ".log");
        Files.createDirectories(data);
        if (!Files.exists(log)) {
            Files.createFile(log);
        }
        user.own(data, log);
    }

    /** Makes the data directory unless it has one, starts, and returns when the server takes connections. */
    static EmbeddedServer start(AwaPostgres.Options options) {
        EmbeddedServer server = null;
        try {
            server = new EmbeddedServer(options);
            if (!Files.exists(server.data.resolve("PG_VERSION"))) {
                server.initialise();
            }
            server.launch();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            if (server != null) {
                server.close();
            }
            throw e;
        }
    }

    @Override
    public ServerAddress address() {
        return new ServerAddress("127.0.0.1", port, "postgres", "postgres", null, null);
    }

    Path log() {
        return log;
    }

    long pid() {
        Long pid = PostmasterFile.pid(data);
        if (pid == null) {
            throw new IllegalStateException("the server is not running: " + data);
        }
        return pid;
    }

    synchronized void kill9() {
        Processes.killTree(pid());
        // A killed child of a container's first process stays in the process table, and the next start would take it
        // for a living server. All of them are dead by now, so the file says nothing any more.
        PostmasterFile.delete(data);
    }

    synchronized void restart() {
        stop("fast");
        launch();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            stop(disposable == null ? "fast" : "immediate");
        } catch (RuntimeException e) {
            dispose(e);
            throw e;
        }
        dispose(null);
    }

    private void dispose(@Nullable RuntimeException earlier) {
        if (owner == null || disposable == null) {
            return;
        }
        try {
            owner.close();
            Trees.delete(disposable);
        } catch (IOException e) {
            if (earlier == null) {
                throw new UncheckedIOException(e);
            }
            earlier.addSuppressed(e);
        }
    }

    private void initialise() {
        run("initdb", "-D", data.toString(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale");
        Path configuration = data.resolve("postgresql.conf");
        try {
            Files.writeString(configuration, "\ninclude_if_exists 'awa.conf'\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void launch() {
        StringBuilder text = new StringBuilder("listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n")
                .append("port = ")
                .append(port)
                .append('\n');
        settings.forEach((name, value) -> text.append(name)
                .append(" = '")
                .append(value.replace("'", "''"))
                .append("'\n"));
        try {
            Path file = data.resolve("awa.conf");
            Files.writeString(file, text);
            user.own(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run("pg_ctl", "-D", data.toString(), "-l", log.toString(), "-t", "60", "-w", "start");
    }

    private void stop(String mode) {
        if (PostmasterFile.pid(data) != null) {
            run("pg_ctl", "-D", data.toString(), "-m", mode, "-t", "60", "-w", "stop");
        }
    }

    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(programs.resolve(program).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(user.command(command))
                .directory(data.resolve("..").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("LC_ALL", "C");
        // The caller's own settings for libpq must not reach the server's programs.
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(program + " did not end in time\n" + tail());
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(program + " failed with " + process.exitValue() + "\n" + tail());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + program, e);
        }
    }

    private String tail() throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }

    /** Ends servers whose process died without closing them, and deletes their folders. */
    private static void sweep(Path servers) throws IOException {
        List<Path> folders;
        try (Stream<Path> found = Files.list(servers)) {
            folders = found.toList();
        }
        for (Path folder : folders) {
            Path file = folder.resolve(OWNER_FILE);
            if (OWN.contains(folder) || !Files.exists(file)) {
                continue;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                if (channel.tryLock() == null) {
                    continue;
                }
                Path data = folder.resolve(DATA_FOLDER);
                Long pid = PostmasterFile.pid(data);
                if (pid != null) {
                    Processes.killTreeIfNamed(pid, data.toString());
                }
                // Under the lock: whoever has just made the folder and waits for it finds that it is gone.
                Trees.delete(folder);
            } catch (IOException e) {
                // Another process clears it up at this moment.
                continue;
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /**
     * A folder that is this process's.
     *
     * @param lock held open: the lock ends with this process however it ends, and then others may clear up
     */
    private record Owned(Path folder, FileChannel lock) {

        static Owned in(Path servers) throws IOException {
            while (true) {
                Path folder = Files.createTempDirectory(servers, "server");
                OWN.add(folder);
                Path file = folder.resolve(OWNER_FILE);
                FileChannel lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                lock.lock();
                if (Files.exists(file)) {
                    return new Owned(folder, lock);
                }
                // Another process took it for a dead one's between the two steps, and has cleared it away.
                lock.close();
                OWN.remove(folder);
            }
        }
    }
}
