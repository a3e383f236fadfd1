package io.awa.reactive.shop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;
import reactor.netty.http.client.HttpClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A headless Chromium, driven by its DevTools protocol over a WebSocket. */
final class Browser implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final JsonMapper mapper = JsonMapper.shared();
    private final Process process;
    private final Path profile;
    private final Sinks.Many<String> commands = Sinks.many().unicast().onBackpressureBuffer();
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final Disposable socket;

    private Browser(String program, String url) throws IOException {
        profile = Files.createTempDirectory("shop-browser");
        process = new ProcessBuilder(
                        program,
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--window-size=900,700",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        url)
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("chromium.log").toFile())
                .start();
        int port = Integer.parseInt(until("its port", this::port));
        String page = until("a page", () -> page(port));
        socket = HttpClient.create()
                .websocket(reactor.netty.http.client.WebsocketClientSpec.builder()
                        .maxFramePayloadLength(16 << 20)
                        .build())
                .uri(page)
                .handle((in, out) -> out.sendString(commands.asFlux())
                        .then()
                        .and(in.aggregateFrames(16 << 20)
                                .receive()
                                .asString()
                                .doOnNext(text -> answers.add(mapper.readTree(text)))))
                .subscribe();
    }

    /** The program, where the machine has one. */
    static Optional<String> program() {
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    static Browser open(String url) throws IOException {
        return new Browser(program().orElseThrow(), url);
    }

    /** What a JavaScript expression is, as text. */
    String evaluate(String expression) throws InterruptedException {
        JsonNode answer = call("Runtime.evaluate", Map.of("expression", "String(" + expression + ")"));
        return answer.path("result").path("result").path("value").asString("");
    }

    void awaits(String expression, String value) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String seen = evaluate(expression);
        while (!seen.equals(value)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(expression + " is " + seen + " and not " + value);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            seen = evaluate(expression);
        }
    }

    void screenshot(Path file) throws IOException, InterruptedException {
        JsonNode answer = call("Page.captureScreenshot", Map.of("format", "png"));
        Files.write(
                file,
                Base64.getDecoder().decode(answer.path("result").path("data").asString()));
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws InterruptedException {
        int id = ids.incrementAndGet();
        commands.emitNext(
                mapper.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)),
                Sinks.EmitFailureHandler.FAIL_FAST);
        JsonNode answer;
        do {
            answer = answers.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (answer == null) {
                throw new AssertionError("Chromium does not answer " + method);
            }
        } while (answer.path("id").asInt(-1) != id);
        return answer;
    }

    private String port() throws IOException {
        Path file = profile.resolve("DevToolsActivePort");
        return Files.exists(file) ? Files.readAllLines(file).get(0) : "";
    }

    private String page(int port) {
        String pages = HttpClient.create()
                .get()
                .uri("http://127.0.0.1:" + port + "/json")
                .responseContent()
                .aggregate()
                .asString()
                .onErrorReturn("[]")
                .block(PATIENCE);
        for (JsonNode one : mapper.readTree(pages)) {
            if (one.path("type").asString().equals("page")) {
                return one.path("webSocketDebuggerUrl").asString();
            }
        }
        return "";
    }

    private static String until(String what, Look look) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            String found = look.look();
            if (!found.isEmpty()) {
                return found;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new AssertionError("Chromium did not tell " + what);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        socket.dispose();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        List<Path> files;
        try (Stream<Path> all = Files.walk(profile)) {
            files = all.sorted(java.util.Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    private interface Look {
        String look() throws IOException;
    }
}
