package io.awa.reactive.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A server whose processes stand still: SIGSTOP to all of them, SIGCONT later. Its sockets stay open and say nothing. */
final class Freezer {

    private Freezer() {}

    static void freeze(long postmaster, Duration time) {
        Set<Long> stopped = new LinkedHashSet<>();
        try {
            // The first one first: it starts the others.
            boolean more = stop(stopped, List.of(postmaster));
            while (more) {
                more = stop(stopped, descendants(postmaster));
            }
            Pause.of(time);
        } finally {
            if (!stopped.isEmpty()) {
                signal("-CONT", stopped);
            }
        }
    }

    private static boolean stop(Set<Long> stopped, List<Long> pids) {
        List<Long> fresh = pids.stream().filter(stopped::add).toList();
        if (!fresh.isEmpty()) {
            signal("-STOP", fresh);
        }
        return !fresh.isEmpty();
    }

    private static List<Long> descendants(long pid) {
        return ProcessHandle.of(pid)
                .orElseThrow()
                .descendants()
                .map(ProcessHandle::pid)
                .toList();
    }

    private static void signal(String signal, Iterable<Long> pids) {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        try {
            // One that has ended meanwhile is no reason to stop.
            int unused = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException("cannot send " + signal, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
