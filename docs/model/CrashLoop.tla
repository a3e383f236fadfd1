------------------------------- MODULE CrashLoop -------------------------------
(***************************************************************************)
(* CrashLoop: processes die, jobs kill them, and rescue ends what they had *)
(* in hand, by the beats of processes and by the claims they say they      *)
(* have.                                                                   *)
(*                                                                         *)
(* The questions: does a job that kills every process it meets fail after  *)
(* its last attempt, is each attempt of a dead process ended by the first  *)
(* pass that may, and is no attempt of a process that lives ever ended,    *)
(* however late beats come, whoever leads, and whatever happens to the     *)
(* database?                                                               *)
(*                                                                         *)
(* Times are ages by the database's clock, cut off where they decide       *)
(* nothing more; so time has no end and no step of its clock has a         *)
(* special case.  README.md lists the abstractions.                        *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Processes,     \* model values; each is started once
  Rescuers,      \* model values: leaders, deposed ones included
  JobCount, MaxAttempts,
  Staleness,     \* ticks without a beat after which a process is dead
  MaxGap,        \* ticks within which the beat of a process that lives arrives while the database answers
  MaxCounters,   \* claims that a process sends
  MaxFlights,    \* beats of a process under way at once; 0: a beat is one step
  MaxGiveUps,    \* claims whose process stops waiting for the answer
  MaxPass,       \* ticks that a pass may take
  MaxKills,      \* processes that die
  MaxOutages,    \* times in which the database answers nobody
  MaxCrashes,    \* of the server, which takes back claims that were not flushed
  MaxBreaks,     \* leaders that lose their connection
  Holding,       \* TRUE: attempts may move into the store
  Fault          \* "none", or the safeguard to take away (see Faults)

Faults == {
  "none",
  "noWatch",         \* a beat's age alone decides
  "firstPassJudges", \* a leader judges before it has watched for the staleness
  "noGapCheck",      \* passes that lie far apart do not begin the watch anew
  "lateCutoff",      \* each statement of a pass takes the clock anew
  "noteLate",        \* a counter is noted when the claim is answered, not when it is handed out
  "listSansUnused",  \* a beat names the claims in hand only
  "afterTooHigh",    \* open claims are not remembered
  "uncounted",       \* a rescue does not count the attempt
  "holdUncounted",   \* nor does a hold
  "flapping",        \* outages follow each other so that passes come through between them, and beats do not
  "noMaximum"}       \* nobody asks how many attempts a job has had

ASSUME Fault \in Faults /\ 2 * MaxGap <= Staleness

Jobs == 1 .. JobCount
None == -1
Cap  == Staleness + MaxPass + 1    \* no age of a beat is told from a greater one beyond
Up(age, cap) == IF age < 0 \/ age >= cap THEN age ELSE age + 1

VARIABLES
  answering, \* the database answers
  claims,    \* the ledger: job, process, counter, open, started
  flushed,   \* so many of them are durable
  job,       \* job -> place, attempt (used), and whose it is
  starts,    \* job -> how often a handler began with it
  unsaved,   \* how many of these a crash of the server has made undone
  process,   \* process -> alive, next counter, hand, pending call, jobs it runs, held jobs
  ghosts,    \* claims whose process gave up waiting; they may arrive yet
  beatAge, list,   \* process -> its row: when it beat, what it said it has
  quiet,     \* process -> ticks since a beat of it arrived
  flights,   \* process -> beats under way
  lead,      \* rescuer -> what it remembers, and where it stands in its pass
  kills, outages, crashes, breaks, giveUps,
  broken     \* what the history has violated so far

rowsOf  == <<beatAge, list, quiet, flights>>
limits  == <<kills, outages, crashes, breaks, giveUps>>
ledgers == <<claims, flushed, job, starts, unsaved>>
vars == <<answering, ledgers, process, ghosts, rowsOf, lead, limits, broken>>

Unborn == [state |-> "unborn", next |-> 1, hand |-> {}, call |-> [step |-> "none"], runs |-> {}, holds |-> {}]
Fresh  == [step |-> "idle", since |-> None, last |-> None, after |-> 1, open |-> {}, elapsed |-> None, judges |-> FALSE,
           ends |-> {}, dead |-> {}]

Init ==
  /\ answering = TRUE /\ claims = <<>> /\ flushed = 0
  /\ job = [j \in Jobs |-> [place |-> "lane", attempt |-> 0, by |-> None]]
  /\ starts = [j \in Jobs |-> 0] /\ unsaved = 0
  /\ process = [p \in Processes |-> Unborn] /\ ghosts = {}
  /\ beatAge = [p \in Processes |-> None] /\ list = [p \in Processes |-> [hand |-> {}, next |-> 1]]
  /\ quiet = [p \in Processes |-> 0] /\ flights = [p \in Processes |-> {}]
  /\ lead = [r \in Rescuers |-> Fresh]
  /\ kills = 0 /\ outages = 0 /\ crashes = 0 /\ breaks = 0 /\ giveUps = 0 /\ broken = {}

Lives(p) == process[p].state = "alive"
Put(p, x) == process' = [process EXCEPT ![p] = x]

(* ------------------------------ time ------------------------------ *)

Tick ==                     \* where the database answers, no beat of a living process is later than MaxGap
  /\ answering => \A p \in Processes : Lives(p) => quiet[p] < MaxGap
  /\ \A r \in Rescuers : lead[r].elapsed < MaxPass
  /\ beatAge' = [p \in Processes |-> Up(beatAge[p], Cap)]
  /\ quiet' = [p \in Processes |-> IF Lives(p) /\ quiet[p] < MaxGap THEN quiet[p] + 1 ELSE quiet[p]]
  /\ lead' = [r \in Rescuers |-> [lead[r] EXCEPT !.since = Up(@, Staleness + 1), !.last = Up(@, Staleness), !.elapsed = Up(@, MaxPass)]]
  /\ UNCHANGED <<answering, ledgers, process, ghosts, list, flights, limits, broken>>

Outage ==                   \* frozen, or cut off from everybody; also a step of its clock
  /\ answering /\ outages < MaxOutages
  /\ Fault = "flapping" \/ \A p \in Processes : Lives(p) => quiet[p] < MaxGap      \* beats that were due have come
  /\ outages' = outages + 1 /\ answering' = FALSE
  /\ UNCHANGED <<ledgers, process, ghosts, rowsOf, lead, kills, crashes, breaks, giveUps, broken>>

Recover ==
  /\ ~answering /\ answering' = TRUE
  /\ UNCHANGED <<ledgers, process, ghosts, rowsOf, lead, limits, broken>>

(* The server dies and is down for as long as it likes.  Newest claims may be gone; connections are. *)
Crash ==
  /\ answering /\ crashes < MaxCrashes
  /\ crashes' = crashes + 1 /\ answering' = FALSE
  /\ \E n \in flushed .. Len(claims) :
       LET gone == {i \in 1 .. Len(claims) : i > n}
       IN /\ claims' = SubSeq(claims, 1, n) /\ flushed' = n
          /\ job' = [j \in Jobs |-> IF job[j].place = "claim" /\ job[j].by \in gone
                                      THEN [job[j] EXCEPT !.place = "lane", !.by = None] ELSE job[j]]
          /\ unsaved' = unsaved + Cardinality({i \in gone : claims[i].started})
  /\ process' = [p \in Processes |-> [process[p] EXCEPT !.call = [step |-> "none"],
                   !.hand = IF process[p].call.step = "none" THEN @ ELSE @ \ {process[p].call.counter}]]
  /\ ghosts' = {} /\ flights' = [p \in Processes |-> {}]
  /\ quiet' = [p \in Processes |-> 0]       \* each has MaxGap to come back
  /\ lead' = [r \in Rescuers |-> Fresh]
  /\ UNCHANGED <<starts, beatAge, list, kills, outages, breaks, giveUps, broken>>

(* ------------------------------ processes ------------------------------ *)

Start(p) ==
  /\ answering /\ process[p].state = "unborn"
  /\ Put(p, [Unborn EXCEPT !.state = "alive"])
  /\ beatAge' = [beatAge EXCEPT ![p] = 0]
  /\ UNCHANGED <<answering, ledgers, ghosts, list, quiet, flights, lead, limits, broken>>

Kill(p) ==
  /\ Lives(p) /\ kills < MaxKills
  /\ kills' = kills + 1
  /\ Put(p, [Unborn EXCEPT !.state = "dead"])
  /\ ghosts' = ghosts \cup (IF process[p].call.step = "sent" THEN {<<p, process[p].call.counter>>} ELSE {})
  /\ UNCHANGED <<answering, ledgers, rowsOf, lead, outages, crashes, breaks, giveUps, broken>>

BeatSend(p) ==              \* the list is made now, and arrives when it arrives
  /\ Lives(p) /\ Cardinality(flights[p]) < MaxFlights
  /\ flights' = [flights EXCEPT ![p] = @ \cup {[hand |-> process[p].hand, next |-> process[p].next]}]
  /\ UNCHANGED <<answering, ledgers, process, ghosts, beatAge, list, quiet, lead, limits, broken>>

Beat(p) ==                  \* with a list, or without one: only some have it
  /\ MaxFlights = 0 /\ answering /\ Lives(p)
  /\ list' \in {list, [list EXCEPT ![p] = [hand |-> process[p].hand, next |-> process[p].next]]}
  /\ beatAge' = [beatAge EXCEPT ![p] = 0] /\ quiet' = [quiet EXCEPT ![p] = 0]
  /\ UNCHANGED <<answering, ledgers, process, ghosts, flights, lead, limits, broken>>

BeatArrive(p, b) ==
  /\ answering /\ b \in flights[p]
  /\ flights' = [flights EXCEPT ![p] = @ \ {b}]
  /\ list' = [list EXCEPT ![p] = b]
  /\ beatAge' = [beatAge EXCEPT ![p] = 0] /\ quiet' = [quiet EXCEPT ![p] = 0]
  /\ UNCHANGED <<answering, ledgers, process, ghosts, lead, limits, broken>>

ClaimSend(p) ==             \* a counter is handed out and noted in one step
  /\ Lives(p) /\ process[p].call.step = "none" /\ process[p].next <= MaxCounters
  /\ LET c == process[p].next
     IN Put(p, [process[p] EXCEPT !.next = c + 1, !.call = [step |-> "sent", counter |-> c],
                                  !.hand = IF Fault = "noteLate" THEN @ ELSE @ \cup {c}])
  /\ UNCHANGED <<answering, ledgers, ghosts, rowsOf, lead, limits, broken>>

Append1(p, c, j) ==
  /\ claims' = Append(claims, [job |-> j, by |-> p, counter |-> c, open |-> TRUE, started |-> FALSE])
  /\ job' = [job EXCEPT ![j] = [place |-> "claim", attempt |-> job[j].attempt, by |-> Len(claims) + 1]]
  /\ UNCHANGED <<flushed, starts, unsaved>>      \* asynchronous

ClaimArrive(p) ==
  /\ answering /\ Lives(p) /\ process[p].call.step = "sent"
  /\ \E j \in Jobs : job[j].place = "lane" /\ Append1(p, process[p].call.counter, j)
  /\ Put(p, [process[p] EXCEPT !.call = [step |-> "arrived", counter |-> process[p].call.counter, no |-> Len(claims) + 1]])
  /\ UNCHANGED <<answering, ghosts, rowsOf, lead, limits, broken>>

GhostArrive(g) ==           \* a claim that nobody waits for any more
  /\ answering /\ g \in ghosts
  /\ \E j \in Jobs : job[j].place = "lane" /\ Append1(g[1], g[2], j)
  /\ ghosts' = ghosts \ {g}
  /\ UNCHANGED <<answering, process, rowsOf, lead, limits, broken>>

Answer(p) ==                \* the handler begins
  /\ Lives(p) /\ process[p].call.step = "arrived"
  /\ LET n == process[p].call.no
         c == process[p].call.counter
     IN /\ starts' = [starts EXCEPT ![claims[n].job] = @ + 1]
        /\ claims' = [claims EXCEPT ![n].started = TRUE]
        /\ Put(p, [process[p] EXCEPT !.call = [step |-> "none"], !.hand = @ \cup {c},
                                     !.runs = @ \cup {[no |-> n, counter |-> c, job |-> claims[n].job]}])
  /\ UNCHANGED <<answering, flushed, job, unsaved, ghosts, rowsOf, lead, limits, broken>>

GiveUp(p) ==                \* the answer does not come: the process lets go of the counter
  /\ Lives(p) /\ process[p].call.step # "none" /\ giveUps < MaxGiveUps
  /\ giveUps' = giveUps + 1
  /\ LET c == process[p].call.counter
     IN /\ Put(p, [process[p] EXCEPT !.call = [step |-> "none"], !.hand = @ \ {c}])
        /\ ghosts' = ghosts \cup (IF process[p].call.step = "sent" THEN {<<p, c>>} ELSE {})
  /\ UNCHANGED <<answering, ledgers, rowsOf, lead, kills, outages, crashes, breaks, broken>>

Stands(p, r) == r.no <= Len(claims) /\ claims[r.no].by = p /\ claims[r.no].counter = r.counter /\ claims[r.no].open
LetGo(p, r)  == [process[p] EXCEPT !.runs = @ \ {r}, !.hand = @ \ {r.counter}]

Complete(p, r) ==           \* or hears that the token is stale
  /\ answering /\ Lives(p) /\ r \in process[p].runs
  /\ IF Stands(p, r)
       THEN /\ claims' = [claims EXCEPT ![r.no].open = FALSE] /\ flushed' = Len(claims)
            /\ job' = [job EXCEPT ![r.job].place = "done"]
       ELSE UNCHANGED <<claims, flushed, job>>
  /\ Put(p, LetGo(p, r))
  /\ UNCHANGED <<answering, starts, unsaved, ghosts, rowsOf, lead, limits, broken>>

HoldIt(p, r) ==             \* closure `held` and an entry, which counts the attempt that runs
  /\ Holding /\ answering /\ Lives(p) /\ r \in process[p].runs /\ Stands(p, r)
  /\ claims' = [claims EXCEPT ![r.no].open = FALSE] /\ flushed' = Len(claims)
  /\ job' = [job EXCEPT ![r.job] = [place |-> "held", by |-> p, attempt |-> @.attempt + IF Fault = "holdUncounted" THEN 0 ELSE 1]]
  /\ Put(p, [LetGo(p, r) EXCEPT !.holds = @ \cup {r.job}])
  /\ UNCHANGED <<answering, starts, unsaved, ghosts, rowsOf, lead, limits, broken>>

CompleteHeld(p, j) ==
  /\ answering /\ Lives(p) /\ j \in process[p].holds
  /\ IF job[j].place = "held" /\ job[j].by = p
       THEN job' = [job EXCEPT ![j].place = "done"] /\ flushed' = Len(claims) ELSE UNCHANGED <<job, flushed>>
  /\ Put(p, [process[p] EXCEPT !.holds = @ \ {j}])
  /\ UNCHANGED <<answering, claims, starts, unsaved, ghosts, rowsOf, lead, limits, broken>>

Promote(j) ==               \* the backoff is over
  /\ answering /\ job[j].place = "retry"
  /\ job' = [job EXCEPT ![j].place = "lane"] /\ flushed' = Len(claims)
  /\ UNCHANGED <<answering, claims, starts, unsaved, process, ghosts, rowsOf, lead, limits, broken>>

(* ------------------------------ rescue ------------------------------ *)

Lead(r, x) == lead' = [lead EXCEPT ![r] = x]

PassBegin(r) ==             \* rescue_scope: since when it watches, and who is dead
  /\ answering /\ lead[r].step = "idle"
  /\ LET x == lead[r]
         first == x.since = None \/ x.last = None
         far   == ~first /\ 2 * x.last > Staleness /\ Fault # "noGapCheck"
         since == IF Fault = "firstPassJudges" /\ first THEN Staleness + 1 ELSE IF first \/ far THEN 0 ELSE x.since
         judges == since > Staleness \/ Fault = "noWatch"
     IN Lead(r, [x EXCEPT !.step = "look", !.since = since, !.last = 0, !.elapsed = 0, !.judges = judges,
                          !.dead = {p \in Processes : judges /\ beatAge[p] > Staleness}])
  /\ UNCHANGED <<answering, ledgers, process, ghosts, rowsOf, limits, broken>>

(* The cutoff was taken by the first statement; the rows of processes are read anew. *)
IsDead(r, p)   == lead[r].judges /\ beatAge[p] > Staleness + IF Fault = "lateCutoff" THEN 0 ELSE lead[r].elapsed
IsNamed(p, c)  == c \in list[p].hand \/ (c >= list[p].next /\ Fault # "listSansUnused")

PassLook(r) ==              \* rescue, its look: claims that were open, and those that are new
  /\ answering /\ lead[r].step = "look"
  /\ LET x     == lead[r]
         open  == {i \in x.open \cup (x.after .. Len(claims)) : i <= Len(claims) /\ claims[i].open}
         ends  == {[no |-> i, why |-> IF IsDead(r, claims[i].by) THEN "crash" ELSE "lost"] :
                     i \in {n \in open : IsDead(r, claims[n].by) \/ ~IsNamed(claims[n].by, claims[n].counter)}}
         missed == {i \in 1 .. Len(claims) : claims[i].open /\ IsDead(r, claims[i].by)} \ {e.no : e \in ends}
     IN /\ Lead(r, [x EXCEPT !.step = "end", !.ends = ends, !.after = Len(claims) + 1,
                             !.open = IF Fault = "afterTooHigh" THEN {} ELSE open])
        /\ broken' = broken \cup (IF missed # {} THEN {"missed"} ELSE {})
  /\ UNCHANGED <<answering, ledgers, process, ghosts, rowsOf, limits>>

(* What an attempt leaves behind that was ended so; n: attempts, this one included. *)
After(n) ==
  LET used == IF Fault = "uncounted" THEN n - 1 ELSE n
  IN [place |-> IF used < MaxAttempts \/ Fault = "noMaximum" THEN "retry" ELSE "failed", by |-> None, attempt |-> used]

PassEnd(r) ==               \* rescue, its close: those that are open still
  /\ answering /\ lead[r].step = "end"
  /\ LET won == {e \in lead[r].ends : claims[e.no].open}
     IN /\ claims' = [i \in 1 .. Len(claims) |-> IF \E e \in won : e.no = i THEN [claims[i] EXCEPT !.open = FALSE] ELSE claims[i]]
        /\ flushed' = IF won = {} THEN flushed ELSE Len(claims)
        /\ job' = [j \in Jobs |-> IF \E e \in won : claims[e.no].job = j THEN After(job[j].attempt + 1) ELSE job[j]]
        /\ broken' = broken \cup {"live" : e \in {x \in won : x.why = "crash" /\ Lives(claims[x.no].by)}}
                            \cup {"lost" : e \in {x \in won : /\ x.why = "lost" /\ Lives(claims[x.no].by)
                                                              /\ \/ claims[x.no].counter \in process[claims[x.no].by].hand
                                                                 \/ /\ process[claims[x.no].by].call.step # "none"
                                                                    /\ process[claims[x.no].by].call.counter = claims[x.no].counter}}
  /\ Lead(r, [lead[r] EXCEPT !.step = "held", !.ends = {}])
  /\ UNCHANGED <<answering, starts, unsaved, process, ghosts, rowsOf, limits>>

PassHeld(r) ==              \* rescue_held: by the first statement's list of the dead
  /\ answering /\ lead[r].step = "held"
  /\ LET won == {j \in Jobs : job[j].place = "held" /\ job[j].by \in lead[r].dead}
     IN /\ job' = [j \in Jobs |-> IF j \in won THEN After(job[j].attempt) ELSE job[j]]
        /\ flushed' = IF won = {} THEN flushed ELSE Len(claims)
        /\ broken' = broken \cup {"live" : j \in {i \in won : Lives(job[i].by)}}
  /\ Lead(r, [lead[r] EXCEPT !.step = "idle", !.dead = {}, !.judges = FALSE, !.elapsed = None])
  /\ UNCHANGED <<answering, claims, starts, unsaved, process, ghosts, rowsOf, limits>>

Break(r) ==                 \* another connection: another leader, or the same one anew
  /\ breaks < MaxBreaks /\ lead[r] # Fresh
  /\ breaks' = breaks + 1
  /\ Lead(r, Fresh)
  /\ UNCHANGED <<answering, ledgers, process, ghosts, rowsOf, kills, outages, crashes, giveUps, broken>>

Next ==
  \/ Tick \/ Outage \/ Recover \/ Crash
  \/ \E p \in Processes : \/ Start(p) \/ Kill(p) \/ Beat(p) \/ BeatSend(p) \/ ClaimSend(p) \/ ClaimArrive(p) \/ Answer(p) \/ GiveUp(p)
                          \/ \E b \in flights[p] : BeatArrive(p, b)
                          \/ \E r \in process[p].runs : Complete(p, r) \/ HoldIt(p, r)
                          \/ \E j \in process[p].holds : CompleteHeld(p, j)
  \/ \E g \in ghosts : GhostArrive(g)
  \/ \E j \in Jobs : Promote(j)
  \/ \E r \in Rescuers : PassBegin(r) \/ PassLook(r) \/ PassEnd(r) \/ PassHeld(r) \/ Break(r)

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Processes) \cup Permutations(Rescuers)

-----------------------------------------------------------------------------
(* No attempt of a process that lives is ended for its death. *)
LiveIsLeftAlone == "live" \notin broken

(* Nor for being lost, while its process waits for it or runs it. *)
InHandIsNotLost == "lost" \notin broken

(* A pass that may judge meets every open claim of the dead. *)
NoneIsMissed == "missed" \notin broken

(* A job uses no more attempts than it has. *)
AttemptsBounded == \A j \in Jobs : job[j].attempt <= MaxAttempts

(* Nor is it begun more often, but for claims that a crash of the server took back. *)
StartsBounded == \A j \in Jobs : starts[j] <= MaxAttempts + unsaved

(* With no attempt left a job rests: nobody is offered it again. *)
UsedUpRests == \A j \in Jobs : job[j].attempt = MaxAttempts => job[j].place \in {"failed", "done", "held"}

(* Must be violated: the models reach what they are about. *)
NeverFailed  == \A j \in Jobs : job[j].place # "failed"
NeverLate    == ~(\E p \in Processes : Lives(p) /\ beatAge[p] = Staleness - 1 /\ \E r \in Rescuers : lead[r].judges)
NeverGhost   == ~(\E i \in 1 .. Len(claims) : claims[i].open /\ Lives(claims[i].by) /\ claims[i].counter \notin process[claims[i].by].hand)
NeverUnsaved == \A j \in Jobs : starts[j] <= MaxAttempts
===============================================================================
