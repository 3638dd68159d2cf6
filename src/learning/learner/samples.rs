//! Small sets of edits for the tests, each showing one habit, written by hand.

pub(super) type Pair = (&'static str, &'static str);

/// Name of the set, texts of which a statement must contain at least one, and the edits.
pub(super) static HABITS: &[(&str, &[&str], &[Pair])] = &[
    (
        "shorter",
        &["short", "near"],
        &[
            (
                "The meeting about the new office has been moved to the large room on the third floor, because the small room is being painted this week and nobody can use it.",
                "The meeting about the new office is in the large room on the third floor.",
            ),
            (
                "Our supplier wrote to say that the parts will arrive later than planned, which means that the whole line will have to wait until the parts are here.",
                "Our supplier says the parts will be late, so the line will wait.",
            ),
            (
                "The report shows that sales in the northern region went up in the first quarter, while sales in the other regions stayed about where they were before.",
                "Sales went up in the northern region and stayed flat elsewhere.",
            ),
            (
                "We looked at the three offers that came in and found that the second one fits our budget best, although the first one had the nicer design overall.",
                "We looked at the three offers. The second fits our budget best.",
            ),
            (
                "The garden behind the house needs some work before the guests come, since the grass is long and the chairs are still in the shed from last winter.",
                "The garden needs some work before the guests come.",
            ),
            (
                "The library will close earlier on Fridays during the summer, so that the staff can use the time to sort the books that came back during the week.",
                "The library will close earlier on Fridays in summer.",
            ),
        ],
    ),
    (
        "contracted",
        &["uses contractions"],
        &[
            (
                "I do not know whether it is done. We will see what they are planning.",
                "I don't know whether it's done. We'll see what they're planning.",
            ),
            (
                "She is not in the office today. You are free to call her cell phone.",
                "She isn't in the office today. You're free to call her cell phone.",
            ),
            (
                "We have not seen the plan. It is late and we are worried about it.",
                "We haven't seen the plan. It's late and we're worried about it.",
            ),
            (
                "They did not like the colour of the door. That is fine by me.",
                "They didn't like the colour of the door. That's fine by me.",
            ),
            (
                "The train does not stop here. There is a bus at the corner.",
                "The train doesn't stop here. There's a bus at the corner.",
            ),
            (
                "I am sure you would not mind. He will bring the keys with him.",
                "I'm sure you wouldn't mind. He'll bring the keys with him.",
            ),
        ],
    ),
    (
        "calm",
        &["avoids exclamation marks"],
        &[
            (
                "The launch went well! Everybody liked the demo!",
                "The launch went well. Everybody liked the demo.",
            ),
            (
                "Welcome to the club! Your card is in the mail.",
                "Welcome to the club. Your card is in the mail.",
            ),
            (
                "What a day! The team finished the bridge. It looks fine!",
                "What a day. The team finished the bridge. It looks fine.",
            ),
            (
                "Your order is on its way! It should arrive soon.",
                "Your order is on its way. It should arrive soon.",
            ),
            ("The tickets are booked! See the plan below.", "The tickets are booked. See the plan below."),
            (
                "Good news! The roof is fixed and the rain stays out!",
                "Good news. The roof is fixed and the rain stays out.",
            ),
        ],
    ),
    (
        "cheers",
        &["signs off with 'Cheers,'"],
        &[
            (
                "Hi Sam,\n\nthe draft is in the folder.\n\nBest regards,\nAnna",
                "Hi Sam,\n\nthe draft is in the folder.\n\nCheers,\nAnna",
            ),
            (
                "Hi Tom,\n\nlunch is at noon by the river.\n\nKind regards,\nAnna",
                "Hi Tom,\n\nlunch is at noon by the river.\n\nCheers,\nAnna",
            ),
            (
                "Hi Eva,\n\nthe keys are with the neighbour.",
                "Hi Eva,\n\nthe keys are with the neighbour.\n\nCheers,\nAnna",
            ),
            (
                "Hi Max,\n\nI sent the photos to the printer.\n\nBest regards,\nAnna",
                "Hi Max,\n\nI sent the photos to the printer.\n\nCheers,\nAnna",
            ),
            (
                "Hi Lea,\n\nthe boat is back in the water.\n\nSincerely,\nAnna",
                "Hi Lea,\n\nthe boat is back in the water.\n\nCheers,\nAnna",
            ),
            (
                "Hi Ben,\n\nyour parcel came today.\n\nBest,\nAnna",
                "Hi Ben,\n\nyour parcel came today.\n\nCheers,\nAnna",
            ),
        ],
    ),
    (
        "hi and name",
        &["opens with 'Hi' and the name"],
        &[
            ("Dear Sam,\n\nthe draft is in the folder.", "Hi Sam,\n\nthe draft is in the folder."),
            ("Dear Tom,\n\nlunch is at noon by the river.", "Hi Tom,\n\nlunch is at noon by the river."),
            ("Lunch is at noon by the river.", "Hi Eva,\n\nLunch is at noon by the river."),
            ("Dear Max,\n\nthe photos are with the printer.", "Hi Max,\n\nthe photos are with the printer."),
            ("Hello,\n\nthe boat is back in the water.", "Hi Lea,\n\nthe boat is back in the water."),
            ("Dear Ben,\n\nyour parcel came today.", "Hi Ben,\n\nyour parcel came today."),
        ],
    ),
    (
        "british",
        &["British spelling"],
        &[
            ("The color of the wall is fine.", "The colour of the wall is fine."),
            ("We need to organize the center.", "We need to organise the centre."),
            ("Her favorite flavor is mint.", "Her favourite flavour is mint."),
            ("They analyze the behavior of bees.", "They analyse the behaviour of bees."),
            ("The harbor is next to the theater.", "The harbour is next to the theatre."),
            ("Please recognize the labor of all.", "Please recognise the labour of all."),
        ],
    ),
    (
        "bullets",
        &["bulleted list"],
        &[
            ("Bring bread, milk and eggs from the shop.", "From the shop:\n- bread\n- milk\n- eggs"),
            (
                "First open the box, then charge the phone, then call home.",
                "To start:\n- open the box\n- charge the phone\n- call home",
            ),
            (
                "The plan has two parts: paint the hall and fix the roof.",
                "The plan:\n- paint the hall\n- fix the roof",
            ),
            ("We saw lions, bears and a very old turtle.", "We saw:\n- lions\n- bears\n- a very old turtle"),
            (
                "You need a passport, a ticket and warm clothes.",
                "You need:\n- a passport\n- a ticket\n- warm clothes",
            ),
            (
                "The team will test the pump and clean the tank.",
                "The team will:\n- test the pump\n- clean the tank",
            ),
        ],
    ),
    (
        "plain word",
        &["writes 'use', not 'utilize'"],
        &[
            ("You can utilize the side door at night.", "You can use the side door at night."),
            ("The teachers utilize tablets in every class.", "The teachers use tablets in every class."),
            ("We should utilize the old bricks for the path.", "We should use the old bricks for the path."),
            (
                "Farmers utilize rain water when the well is dry.",
                "Farmers use rain water when the well is dry.",
            ),
            ("They utilize two trucks for the move.", "They use two trucks for the move."),
            ("Please utilize the form on our site.", "Please use the form on our site."),
        ],
    ),
    (
        "no just",
        &["avoids 'just'", "hedging"],
        &[
            ("I just wanted to say that the cake was good.", "I wanted to say that the cake was good."),
            ("It is just a matter of asking them.", "It is a matter of asking them."),
            ("We just need the signed form from him.", "We need the signed form from him."),
            ("Could they just send the list again?", "Could they send the list again?"),
            ("She was just looking for the exit.", "She was looking for the exit."),
            ("You just turn the key and wait.", "You turn the key and wait."),
        ],
    ),
    (
        "direct",
        &["avoids hedging"],
        &[
            ("I think the plan might perhaps work for the team.", "The plan works for the team."),
            ("Maybe it would probably be good to wait.", "It would be good to wait."),
            ("The numbers seem to be somewhat high, I believe.", "The numbers are high."),
            ("It appears that the pump is possibly broken.", "The pump is broken."),
            ("I guess we could perhaps ask the mayor.", "We should ask the mayor."),
            ("In my opinion the story is rather long, maybe.", "The story is long."),
        ],
    ),
    (
        "polite",
        &["says 'please'"],
        &[
            ("Send the invoice to my office.", "Please send the invoice to my office."),
            ("Call me when the plumber is there.", "Please call me when the plumber is there."),
            ("Check the figures in the second table.", "Please check the figures in the second table."),
            ("Lock the back door when you leave.", "Please lock the back door when you leave."),
            ("Read the rules before the game.", "Please read the rules before the game."),
            ("Move the chairs to the wall.", "Please move the chairs to the wall."),
        ],
    ),
    (
        "short sentences",
        &["short sentences", "sentences of about"],
        &[
            (
                "The bridge was closed in spring, and the town had to find another way across the river, which took some months.",
                "The bridge was closed in spring. The town had to find another way across the river. That took some months.",
            ),
            (
                "The cook makes the soup in the morning, and the waiters bring it out at noon, when the guests are hungry.",
                "The cook makes the soup in the morning. The waiters bring it out at noon. The guests are hungry then.",
            ),
            (
                "The dog sleeps in the hall, and the cat sleeps on the stove, while the bird sings in the cage by the window.",
                "The dog sleeps in the hall. The cat sleeps on the stove. The bird sings in the cage by the window.",
            ),
            (
                "We drove through the night, and we reached the coast at dawn, so that we saw the sun come out of the sea.",
                "We drove through the night. We reached the coast at dawn. We saw the sun come out of the sea.",
            ),
            (
                "The school has a new roof, and the gym has new lights, but the yard is still full of stones and mud.",
                "The school has a new roof. The gym has new lights. The yard is still full of stones and mud.",
            ),
            (
                "He wrote the letter by hand, and he put it in a box, where his son found it many years later.",
                "He wrote the letter by hand. He put it in a box. His son found it many years later.",
            ),
        ],
    ),
    (
        "no emoji",
        &["avoids emoji"],
        &[
            ("The cake is ready 🎂 and the guests are here 🎉", "The cake is ready and the guests are here"),
            ("See you at the lake 🏊", "See you at the lake"),
            ("The exam is over 😅 and the bar is open 🍺", "The exam is over and the bar is open"),
            ("Our cat is back home 🐱", "Our cat is back home"),
            ("It rained all day 🌧️ but the hike was good", "It rained all day but the hike was good"),
            ("The new lamp looks great 👍🏽", "The new lamp looks great"),
        ],
    ),
    (
        "digits",
        &["as digits"],
        &[
            ("We need five chairs and three tables.", "We need 5 chairs and 3 tables."),
            ("The trip takes eight days.", "The trip takes 8 days."),
            ("There are four cats in the yard.", "There are 4 cats in the yard."),
            ("The shop sold seven lamps and two beds.", "The shop sold 7 lamps and 2 beds."),
            ("He called six times.", "He called 6 times."),
            ("It weighs nine pounds.", "It weighs 9 pounds."),
        ],
    ),
];

/// Edits that only correct facts: names, numbers, dates, single words of content.
pub(super) static CONTENT: &[Pair] = &[
    (
        "The review is on Tuesday at 9:30 with John in Berlin.",
        "The review is on Thursday at 14:00 with Maria in Oslo.",
    ),
    ("Invoice 4471 over 1,250 euros is due on 3 May.", "Invoice 4417 over 1,520 euros is due on 13 May."),
    (
        "Peter will bring the slides to the meeting tomorrow.",
        "Claire will bring the slides to the meeting tomorrow.",
    ),
    (
        "The order has 12 chairs and 3 tables for the hall.",
        "The order has 14 chairs and 4 tables for the hall.",
    ),
    (
        "Our flight to Madrid leaves at 7:15 from gate 22.",
        "Our flight to Lisbon leaves at 8:45 from gate 31.",
    ),
    ("The garden needs new soil before the spring.", "The garden needs new seeds before the spring."),
    (
        "Please send the contract to Mrs. Novak by Friday.",
        "Please send the contract to Mrs. Horvat by Monday.",
    ),
    ("The blue car is parked behind the school.", "The green car is parked behind the church."),
    ("Sales rose by 4 percent in March.", "Sales rose by 6 percent in April."),
    (
        "Hi Sam,\n\nthe keys are in the drawer.\n\nBest,\nAnna",
        "Hi Tom,\n\nthe keys are in the basket.\n\nBest,\nAnna",
    ),
    (
        "We met Dr. Lee in Boston in 2019 and wrote the paper there.",
        "We met Dr. Kim in Boston in 2018 and wrote the paper there.",
    ),
    (
        "The train to Graz takes two hours and costs 30 euros.",
        "The train to Linz takes three hours and costs 25 euros.",
    ),
];
