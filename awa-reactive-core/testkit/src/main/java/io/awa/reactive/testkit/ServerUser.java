package io.awa.reactive.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who runs the server's programs. PostgreSQL refuses to run as root, so root hands over: to a user name space where that
 * is allowed (files then need no other owner), else to the user nobody.
 */
enum ServerUser {
    /** The user of this process. */
    SAME(),
    /** Root, in a name space in which it is nobody. */
    NAMESPACE("unshare", "-U"),
    /** Nobody, who must own the data directory. */
    NOBODY("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    private static final long PROBE_SECONDS = 10;

    @SuppressWarnings("ImmutableEnumChecker") // never changed, and private
    private final String[] prefix;

    ServerUser(String... prefix) {
        this.prefix = prefix;
    }

    static ServerUser detect() {
        if (!Files.isExecutable(Path.of("/usr/bin/id")) || !prints(List.of("id", "-u"), "0")) {
            return SAME;
        }
        // The server looks its user's name up, so the name must exist inside as well.
        if (succeeds(NAMESPACE.command(List.of("id", "-un")))) {
            return NAMESPACE;
        }
        if (succeeds(NOBODY.command(List.of("true")))) {
            return NOBODY;
        }
        throw new IllegalStateException(
                "PostgreSQL does not run as root, and neither unshare -U nor setpriv is allowed: run as another user,"
                        + " or set " + AwaPostgres.URL_VARIABLE);
    }

    List<String> command(List<String> command) {
        List<String> whole = new ArrayList<>(List.of(prefix));
        whole.addAll(command);
        return whole;
    }

    /** Hands files over to the user where it needs to own them. */
    void own(Path... paths) throws IOException {
        if (this != NOBODY) {
            return;
        }
        for (Path path : paths) {
            if (!succeeds(List.of("chown", "-R", "65534:65534", path.toString()))) {
                throw new IOException("cannot hand " + path + " to nobody");
            }
        }
    }

    private static boolean succeeds(List<String> command) {
        return run(command) != null;
    }

    private static boolean prints(List<String> command, String expected) {
        String output = run(command);
        return output != null && output.strip().equals(expected);
    }

    private static @Nullable String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean ended = process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS);
            return ended && process.exitValue() == 0 ? output : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
