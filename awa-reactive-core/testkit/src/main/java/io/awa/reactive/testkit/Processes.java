package io.awa.reactive.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Processes that are not our children: ending them at once. */
final class Processes {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration GLANCE = Duration.ofMillis(5);

    private Processes() {}

    /** SIGKILL to a process, then to its descendants; returns when none of them runs any more. */
    static void killTree(long pid) {
        ProcessHandle root =
                ProcessHandle.of(pid).orElseThrow(() -> new IllegalStateException("no process has the number " + pid));
        List<ProcessHandle> all = new ArrayList<>(List.of(root));
        all.addAll(root.descendants().toList());
        all.forEach(ProcessHandle::destroyForcibly);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (all.stream().anyMatch(Processes::runs)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("still running after SIGKILL: " + all);
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
    }

    /** The same, if the command line holds a text: a number may belong to another process by now. */
    static void killTreeIfNamed(long pid, String text) {
        boolean named = ProcessHandle.of(pid)
                .flatMap(process -> process.info().commandLine())
                .filter(line -> line.contains(text))
                .isPresent();
        if (named) {
            killTree(pid);
        }
    }

    /** Whether a process still runs. */
    static boolean runs(long pid) {
        return ProcessHandle.of(pid).filter(Processes::runs).isPresent();
    }

    /** A dead process that nobody waited for still has a number, but holds nothing any more. */
    private static boolean runs(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        Path status = Path.of("/proc", Long.toString(process.pid()), "stat");
        try {
            String line = Files.readString(status);
            return line.charAt(line.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return process.isAlive();
        }
    }
}
