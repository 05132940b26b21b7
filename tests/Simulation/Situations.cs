namespace FlashSale.Simulation.Tests;

/// <summary>Something that rarely happens and that the promises must survive.</summary>
internal sealed record Situation(string Name, string Sentence);

/// <summary>
/// Every rare situation that the simulation must reach. One that is never reached over the standard seeds fails, because then nothing is proved about it.
/// </summary>
internal static class Situations
{
    private static readonly List<Situation> Declared = [];

    // The store.
    public static readonly Situation GroupFenced = Declare("group fenced", "Events came for a ledger that another activation had taken or moved.");
    public static readonly Situation CheckFenced = Declare("check fenced", "A stale activation wanted to answer without events, and its check stopped it.");
    public static readonly Situation FenceSparedNeighbours = Declare("fence spared neighbours", "One ledger of a group was fenced, the events of others in it were written.");
    public static readonly Situation GroupRolledBack = Declare("group rolled back", "The store refused a group as a whole.");
    public static readonly Situation UnknownHadHappened = Declare("unknown that had happened", "A group committed, and the process heard an error.");
    public static readonly Situation UnknownHadNotHappened = Declare("unknown that had not", "A group never reached the store, and the process heard the same error.");
    public static readonly Situation CommittedAfterItsError = Declare("committed after its error", "A group committed only after the process had heard that its outcome is unknown.");
    public static readonly Situation UnknownBumpHadHappened = Declare("unknown bump that had happened", "The right to write was taken, and whoever took it heard an error.");
    public static readonly Situation BumpWaited = Declare("bump waited for a group", "Somebody took the right to write while a group of the owner was being written.");
    public static readonly Situation FoughtOver = Declare("ledger fought over", "Two living processes took one ledger from each other at least three times.");
    public static readonly Situation Followed = Declare("follower read", "A process read a ledger that another living process owned.");
    public static readonly Situation ReplayFailed = Declare("store failed in a replay", "The store failed between two pages of a replay.");
    public static readonly Situation BegunFromSnapshot = Declare("begun from a snapshot", "A ledger was read from a snapshot and the events behind it.");
    public static readonly Situation SnapshotFailed = Declare("snapshot failed", "A snapshot could not be written.");
    public static readonly Situation NewerSnapshotIgnored = Declare("newer snapshot ignored", "The kept snapshot was of a newer version, so all events were replayed.");
    public static readonly Situation DamagedSnapshotIgnored = Declare("damaged snapshot ignored", "The kept snapshot could not be read, so all events were replayed.");
    public static readonly Situation Outage = Declare("store outage", "The store failed most calls for a while.");

    // Processes.
    public static readonly Situation DiedBetweenAwaits = Declare("died between two awaits", "A process died at any step of any of its grains or loops.");
    public static readonly Situation DiedBeforeDeed = Declare("died before a deed", "A process died in the middle of a step: before a call to the store, a message or an answer.");
    public static readonly Situation DiedWithGroupOnItsWay = Declare("died with a group on its way", "A process died after it had sent a group that had not arrived.");
    public static readonly Situation DiedWithGroupAtStore = Declare("died with a group at the store", "A process died while the store was writing its group.");
    public static readonly Situation DiedBetweenStockAndCart = Declare("died between stock and cart", "A gateway died with units granted that it had told nobody of.");
    public static readonly Situation DiedBetweenSkus = Declare("died between two SKUs", "A process died while some SKUs of a campaign's change had taken it and others not.");
    public static readonly Situation Replaced = Declare("replaced in good order", "A process was stopped while its successor started.");
    public static readonly Situation Paused = Declare("process paused", "A process stood still for a while and went on with what it knew.");
    public static readonly Situation Shed = Declare("activations shed", "A process deactivated grains at random, busy ones too.");
    public static readonly Situation FencedByOwnSuccessor = Declare("fenced by its own successor", "An activation that went on too long was stopped by the next one in the same process.");
    public static readonly Situation LeaseLost = Declare("keeper's lease taken over", "Another process got the keeper's lease.");
    public static readonly Situation Alone = Declare("alone for the whole run", "Two processes without a directory: each believed that it was alone, from beginning to end.");
    public static readonly Situation StoreClockWentBack = Declare("store's clock went back", "The store's clock was stepped back.");
    public static readonly Situation StoreClockWentAhead = Declare("store's clock went ahead", "The store's clock was stepped ahead.");
    public static readonly Situation ClocksApart = Declare("ledger clocks apart", "Two processes' ledger clocks differed by more than 100 ms at one moment.");
    public static readonly Situation LedgerAheadOfTheClock = Declare("ledger ahead of the clock", "The last event of a ledger was more than 1 s ahead of ledger time.");

    // Messages.
    public static readonly Situation MessageLost = Declare("message lost", "A call between processes, or its answer, never arrived.");
    public static readonly Situation MessageDoubled = Declare("message doubled", "A call between processes, or its answer, arrived twice.");
    public static readonly Situation AnswerLost = Declare("answer lost", "A gateway answered and its client never heard it.");
    public static readonly Situation AnswerRepeatedElsewhere = Declare("answer repeated elsewhere", "A hold was granted through one process and its repeat answered through another.");
    public static readonly Situation FenceRepeated = Declare("repeated after a fence", "A gateway repeated a call by itself, because another process had taken the ledger.");
    public static readonly Situation DirectorySplit = Declare("directory split", "Two processes believed at once that they host a grain.");
    public static readonly Situation DirectoryForgot = Declare("directory forgot", "The directory lost a grain whose activation lived on.");
    public static readonly Situation DirectoryNamedTheDead = Declare("directory named the dead", "The directory named a host that was no more.");
    public static readonly Situation Partition = Declare("partition", "For a while every process believed that it was alone.");

    // Shoppers.
    public static readonly Situation RepeatJoined = Declare("repeat joined its original", "A repeat was sent before the original's units were durable, and got its answer.");
    public static readonly Situation ClaimRefused = Declare("claim refused", "The cart refused a hold over the limit across SKUs after the stock had granted it.");
    public static readonly Situation PausedAfterRefusal = Declare("paused after a refused claim", "The pool refused a shopper because the cart had just done so.");
    public static readonly Situation KeyUsedElsewhere = Declare("key used for another SKU", "The cart refused a hold because its key had bought another SKU.");
    public static readonly Situation GenerationRefused = Declare("generation refused", "A hold ended unclaimed, and the cart refused that generation for good.");
    public static readonly Situation GrantedAnew = Declare("hold granted anew", "A second generation of a hold was granted to a retry.");
    public static readonly Situation NeverClaimed = Declare("hold never claimed", "Units were held that nobody was ever promised.");
    public static readonly Situation MayReturn = Declare("sold out and back", "A pool was sold out, and later sold again.");
    public static readonly Situation QueueFull = Declare("queue full", "A SKU's queue was full, and a request was refused with nothing done.");

    // Holds and payments.
    public static readonly Situation ExpiryRacedConfirm = Declare("expiry raced confirm", "A hold expired while its payment was under way.");
    public static readonly Situation ReleaseRacedConfirm = Declare("release raced confirm", "A release found its hold confirmed, or a payment found it released.");
    public static readonly Situation LateConfirmTook = Declare("late confirm took units anew", "A payment after the end of its hold got units.");
    public static readonly Situation LateConfirmRefused = Declare("late confirm refused", "A payment after the end of its hold got none.");
    public static readonly Situation ConfirmedInPart = Declare("confirmed in part", "A part of a hold was sold, the rest freed in the same event.");
    public static readonly Situation ExtendedLived = Declare("extended hold lived on", "A hold was sold after the time that it was first promised for.");
    public static readonly Situation RefundRestocked = Declare("refund restocked", "Sold units came back to where they can be sold.");
    public static readonly Situation RefundWithdrawn = Declare("refund withdrawn", "Sold units came back and left for good.");
    public static readonly Situation FreedIntoClosed = Declare("freed into a closed pool", "Units became free after their campaign had closed and went to the general pool.");

    // Operators.
    public static readonly Situation ClosedInBurst = Declare("closed in a burst", "A pool closed while requests for it were under way: some were granted, some refused.");
    public static readonly Situation FrozenInBurst = Declare("frozen in a burst", "A pool was frozen while requests for it were under way.");
    public static readonly Situation UndoneHalfWay = Declare("configuration undone half-way", "One SKU refused a configuration that others had already taken.");
    public static readonly Situation SkuDropped = Declare("SKU dropped", "A SKU left a campaign that went on.");
    public static readonly Situation WithdrawalRefused = Declare("withdrawal refused", "The general pool had fewer units than were to be withdrawn.");
    public static readonly Situation AdjustmentRepeated = Declare("adjustment repeated", "An adjustment was repeated and answered as the first time.");
    public static readonly Situation AdjustmentFinished = Declare("adjustment finished elsewhere", "An operator's key was bound by one process, and what it stands for was finished by another.");
    public static readonly Situation OperatorsKeyUsedAgain = Declare("operator's key used again", "An operator's key that had done one adjustment was used for another one.");
    public static readonly Situation WithdrawalGivenUp = Declare("withdrawal given up", "A refused withdrawal was given up for good, because its key was wanted for something else.");
    public static readonly Situation OpeningMoved = Declare("opening moved", "A campaign's opening was moved.");

    public static IReadOnlyList<Situation> All => Declared;

    private static Situation Declare(string name, string sentence)
    {
        var situation = new Situation(name, sentence);
        Declared.Add(situation);
        return situation;
    }
}
